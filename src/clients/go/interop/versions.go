package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"strings"
)

const library = "github.com/gorilla/websocket"

// packaged is the version of the library's Debian package, set by the build script: built from GOPATH, a program does not know the
// versions of its modules.
var packaged string

func versions(context.Context, options) (any, error) {
	version := "unknown"
	if upstream, _, ok := strings.Cut(packaged, "-"); ok {
		version = upstream
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == library {
				version = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return result{"library": "gorilla/websocket " + version, "runtime": strings.Replace(runtime.Version(), "go", "go ", 1)}, nil
}
