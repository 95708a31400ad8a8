module github.com/reassembly/reassembly/src/clients/go/examples/protobuf

go 1.18

require (
	github.com/reassembly/reassembly/src/clients/go v0.0.0
	google.golang.org/protobuf v1.28.1
)

require (
	github.com/gorilla/websocket v1.5.0 // indirect
	github.com/klauspost/cpuid/v2 v2.0.4 // indirect
	github.com/minio/sha256-simd v1.0.0 // indirect
)

replace github.com/reassembly/reassembly/src/clients/go => ../..
