module github.com/reassembly/reassembly/src/clients/go

go 1.18

require (
	github.com/gorilla/websocket v1.5.0
	github.com/minio/sha256-simd v1.0.0
)

require github.com/klauspost/cpuid/v2 v2.0.4 // indirect
