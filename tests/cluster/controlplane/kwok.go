package main

import (
	"strings"

	"sigs.k8s.io/kwok/kustomize/metrics/resource"
	"sigs.k8s.io/kwok/kustomize/metrics/usage"
	node "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	pod "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// stages are how kwok moves objects: nodes become Ready at once and stay so, pods run at once, jobs' pods succeed, and
// what is being deleted goes. Without stages kwok does not start.
func stages() string {
	return documents(node.DefaultNodeInit, pod.DefaultPodReady, pod.DefaultPodComplete, pod.DefaultPodDelete)
}

// metrics make kwok serve each node's /metrics/resource, where a pod's usage is what its annotation says.
func metrics() string {
	return documents(resource.DefaultMetricsResource, usage.DefaultUsageFromAnnotation)
}

func documents(parts ...string) string {
	return strings.Join(parts, "\n---\n") + "\n"
}
