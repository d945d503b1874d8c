// Command controlplane is a whole Kubernetes control plane in one binary, for tests: the first argument says which
// program it is, the rest are that program's own arguments.
//
// One binary, because all of these share most of their code: linked once they take 140 MB instead of 600, and building
// takes minutes instead of a quarter of an hour. From modules, because no container engine is asked for and the module
// proxy is the one place that serves all of them in exact versions.
package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // requests to the API server, in /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info, in /metrics
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	metricsserver "sigs.k8s.io/metrics-server/cmd/metrics-server/app"
)

// Each is made only when it is asked for: making one registers flags and metrics, which two would do twice.
var programs = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
	"metrics-server": func() *cobra.Command {
		return metricsserver.NewMetricsServerCommand(genericapiserver.SetupSignalHandler())
	},
}

// printers write a file of kwok's configuration, which is data of its module and not worth a copy in this tree.
var printers = map[string]func() string{
	"kwok-stages":  stages,
	"kwok-metrics": metrics,
}

func main() {
	if len(os.Args) < 2 {
		refuse("which program?")
	}
	name := os.Args[1]
	os.Args = os.Args[1:] // each program reads os.Args as if it were alone
	switch {
	case name == "etcd":
		etcdmain.Main(os.Args)
	case printers[name] != nil:
		fmt.Print(printers[name]())
	case programs[name] != nil:
		os.Exit(cli.Run(programs[name]()))
	default:
		refuse(fmt.Sprintf("no program is called %q", name))
	}
}

func refuse(problem string) {
	names := slices.Concat([]string{"etcd"}, slices.Collect(maps.Keys(programs)), slices.Collect(maps.Keys(printers)))
	slices.Sort(names)
	fmt.Fprintf(os.Stderr, "controlplane: %s\nusage: controlplane {%s} ARGUMENT...\n", problem, strings.Join(names, "|"))
	os.Exit(2)
}
