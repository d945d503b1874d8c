"""Values that nobody should send, as the bytes of JSON (or of what is nearly JSON) that a value is replaced with."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.scheduler.hostile.cluster import NODES, PENDING, RESIDENTS

NOT_JSON = [
    b"NaN", b"-Infinity", b"Infinity", b"undefined", b"", b"'a'", b"01", b"1.", b"+1", b"0x10", b"1e", b"tru", b"//x",
    b'"', b'"\\x"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\x00"', b'"\n"', b'"\xff\xfe"', b'"\xc0\x80"',
    b'"\xed\xa0\x80"',
    b"[,]", b"{,}", b"[1 2]", b'{"a" 1}', b"{a:1}", b'{"a":}', b"[" * 20, b"}" * 20, b"\xef\xbb\xbf1",
]  # fmt: skip
NUMBERS = [
    b"0", b"-0", b"-1", b"1", b"7.5", b"1e1", b"1E400", b"-1e400", b"1e-400", b"4.9e-324", b"1.7976931348623157e308",
    b"2147483647", b"2147483648", b"-2147483649", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775809", b"18446744073709551616", b"9" * 40, b"-" + b"9" * 400, b"1" * 5_000, b"0." + b"3" * 5_000,
]  # fmt: skip
QUANTITIES = [
    "1e999999999", "1e999", "1e-999", "9" * 200, "9" * 10_000, "0." + "9" * 10_000, "-1", "-1m", "1n", "1u", "1e3",
    "1E3",
    "1Ei", "8Ei", "9223372036854775807", "9223372036854775807m", "9223372036854775808", "9.3E", "9E", "1e18", "1ki",
    "1KI", "1 Gi",
    "+1", ".5", "5.", "0", "-0", "e3", "1e", "1e+", "1e1.5", "٣", "1_000", "0x10", "NaN", "inf", "½",
]  # fmt: skip
NAMES = [
    "", " ", ".", "..", "../..", "a/b", "/", "//", "a/../../../nodes/seoul-0", "%2e%2e", "%2f", "a%00b", "a\x00b",
    "a\nb",
    "a\r\nX: y", "\t", "?watch=true", "a?dryRun=All", "#", "a#b", ";", "~", "a b", "A", "ä", "서울", "\u202eevil",
    "\ufeff", "\u2028",
    "e\u0301", "🦄" * 100, "\x7f", "\x1b[31m", "x" * 253, "x" * 254, "x" * 70_000, "edgeward", "kube-system",
    "__proto__", "null",
    "true", "${jndi:ldap://x}", "{{7*7}}", "%s%n", "' OR 1=1 --", "<script>", "binding", "status",
    NODES[0], NODES[-1], RESIDENTS[0], PENDING[0], f"uid-{RESIDENTS[0]}", f"uid-{PENDING[0]}",
]  # fmt: skip
WISHES = [
    "local", "cloud", "neighbor", "seoul", "seoul,busan", "seoul,[busan,daegu],cloud", "seoul=0.7,busan=0.3",
    "seoul=0", "seoul=-1",
    "seoul=nan", "seoul=inf", "seoul=1e308,busan=1e308", "seoul=1e-320", "seoul,seoul", "seoul=", "=1", ",", "[",
    "]", "[]", "[[a]]",
    "[a", "a]", "[a,]", "a,,b", "[" * 5_000, "[a]," * 5_000, "a b,c", ",".join(f"site-{n}" for n in range(10_000)),
    ",".join(f"[site-{n},x{n}]" for n in range(5_000)), ",".join(f"s{n}=1e-9" for n in range(10_000)) + ",seoul=1",
    "|".join(f"GPU-{n}" for n in range(10_000)), "(a+)+$", ".*", "(?R)", "A100", "A100|A100", "A100|T4", "|",
    "A100|", "NVIDIA-A100-SXM4-40GB",
    "1", "20", "1e-300", "1e308", "1e309", "0.0", "-5", "nan", "inf", "١", "true", "false", "True", "1000", "1001",
    "999999999", "ar-vr",
    "remote-control", "edge-default", "edge-shortlist", "../../etc/passwd", "edge-default.yaml", "0,1",
    "0,1,2,3,4,5,6,7", "99999999999",
    "A100:40960,T4:1", "A100:", ":1", "A:0", "A:99999999999999999999", "[]", "[{}]", "[[]]", '[{"devmem":1e99}]',
    '[{"devmem":99999999999999999999}]', '[{"index":127}]', "GPU-a,10,1,100,T4,0,true:", "," * 8, "[" * 3_000,
    "x" * 100_000, " " * 100_000, "," * 50_000,
]  # fmt: skip
SHAPES: list[object] = [
    None, True, False, [], {}, [[]], [{}], [None], [""], ["a", "a"], {"": ""}, {"a": None}, {"a": {"b": {}}}, [1,
    "a", None, {}],
    list(NODES), [f"n-{n}" for n in range(3_000)], {f"k{n}": "v" for n in range(2_000)}, [{"name": "c"}] * 1_000,
    [{"key": f"k{n}", "operator": "Exists"} for n in range(2_000)],
    {"edgeward.dev/preferred": "local", "edgeward.dev/required": "true"},
    {"requests": {"cpu": "9223372036854775807m"}},
    {"requests": {"nvidia.com/gpu": "9223372036854775807"}}, {"limits": {"aliyun.com/gpu-mem": "9223372036854775807"}},
    {"limits": {"nvidia.com/gpu": 1, "nvidia.com/gpumem": "9000000000000000000"}},
    {"limits": {"elasticgpu.io/gpu-core": "900000000000"}},
    {"limits": {"koordinator.sh/gpu-memory": "9223372036854775807", "koordinator.sh/gpu-core": "50"}},
    {"requests": {f"example.com/r{n}": "1" for n in range(500)}},
    {"metadata": {"name": "x"}}, {"items": []}, {"items": None}, {"Pods": [{"UID": ""}]},
    {"Pods": [{"UID": "nobody"}], "NumPDBViolations": -1},
]  # fmt: skip
DEEP = [b"[" * depth + b"1" + b"]" * depth for depth in (100, 900, 5_000)] + [
    b'{"a":' * depth + b"1" + b"}" * depth for depth in (100, 900, 5_000)
]


def _written(values: Iterable[object]) -> list[bytes]:
    return [json.dumps(value, ensure_ascii=False).encode() for value in values]


TEXTS = _written([*QUANTITIES, *NAMES, *WISHES])
VALUES = [*NOT_JSON, *NUMBERS, *TEXTS, *_written(SHAPES), *DEEP]
_ALIKE = {b'"': TEXTS, b"[": _written(shape for shape in SHAPES if isinstance(shape, list)),
          b"{": _written(shape for shape in SHAPES if isinstance(shape, dict))}  # fmt: skip


def alike(value: bytes) -> list[bytes]:
    """Values of the same kind, which pass for it at first sight; numbers for what is neither text, list nor object."""
    return _ALIKE.get(value[:1], NUMBERS)


KEYS: list[bytes] = _written(
    [*NAMES[:30], "pod", "POD", "nodes", "NODENAMES", "nodenames", "podname", "PODUID", "node", "uid", "pods",
    "numpdbviolations",
     "Metadata", "name", "edgeward.dev/preferred", "edgeward.dev/origin", "edgeward.dev/profile",
    "edgeward.dev/gpu-devices",
     "edgeward.dev/", "kubernetes.io/config.mirror", "nvidia.com/use-gputype", "cpu", "pods", "nvidia.com/gpu"]
)  # fmt: skip
