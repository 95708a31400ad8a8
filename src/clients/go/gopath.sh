# Sourced by build and check: Debian's Go packages instead of a module proxy. Sets DIR, OUT, GOPATH, and enters DIR by its import path.
DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
OUT="$DIR/out"
export GO111MODULE=off GOFLAGS= GOPATH="$OUT/gopath:/usr/share/gocode"

need() {
    if [ ! -e "$1" ]; then
        echo "missing: $1; as root: apt-get install -y --no-install-recommends \$(cat $DIR/apt.txt)" >&2
        exit 1
    fi
}

need "$(command -v go || echo go)"
need /usr/share/gocode/src/github.com/gorilla/websocket/conn.go
need /usr/share/gocode/src/github.com/minio/sha256-simd/sha256.go
mkdir -p "$OUT/gopath/src/github.com/reassembly/reassembly/src/clients"
ln -sfn "$DIR" "$OUT/gopath/src/github.com/reassembly/reassembly/src/clients/go"
cd "$OUT/gopath/src/github.com/reassembly/reassembly/src/clients/go"
