;; The loop of crc32c.js over memory: 16 tables of 256 words at 0, then room for a frame. crc32c-wasm.js has it assembled.
(module
  (memory (export "memory") 3)
  (func (export "update") (param $state i32) (param $at i32) (param $end i32) (result i32)
    (local $last i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $last (i32.sub (local.get $end) (i32.const 16)))
    (block $short
      (loop $round
        (br_if $short (i32.gt_s (local.get $at) (local.get $last)))
        (local.set $a (i32.xor (i32.load (local.get $at)) (local.get $state)))
        (local.set $b (i32.load offset=4 (local.get $at)))
        (local.set $c (i32.load offset=8 (local.get $at)))
        (local.set $d (i32.load offset=12 (local.get $at)))
        ;; Shifted to where a byte is four times itself: an entry has four bytes.
        local.get $d i32.const 22 i32.shr_u i32.const 0x3fc i32.and i32.load offset=0
        local.get $d i32.const 14 i32.shr_u i32.const 0x3fc i32.and i32.load offset=1024 i32.xor
        local.get $d i32.const 6 i32.shr_u i32.const 0x3fc i32.and i32.load offset=2048 i32.xor
        local.get $d i32.const 2 i32.shl i32.const 0x3fc i32.and i32.load offset=3072 i32.xor
        local.get $c i32.const 22 i32.shr_u i32.const 0x3fc i32.and i32.load offset=4096 i32.xor
        local.get $c i32.const 14 i32.shr_u i32.const 0x3fc i32.and i32.load offset=5120 i32.xor
        local.get $c i32.const 6 i32.shr_u i32.const 0x3fc i32.and i32.load offset=6144 i32.xor
        local.get $c i32.const 2 i32.shl i32.const 0x3fc i32.and i32.load offset=7168 i32.xor
        local.get $b i32.const 22 i32.shr_u i32.const 0x3fc i32.and i32.load offset=8192 i32.xor
        local.get $b i32.const 14 i32.shr_u i32.const 0x3fc i32.and i32.load offset=9216 i32.xor
        local.get $b i32.const 6 i32.shr_u i32.const 0x3fc i32.and i32.load offset=10240 i32.xor
        local.get $b i32.const 2 i32.shl i32.const 0x3fc i32.and i32.load offset=11264 i32.xor
        local.get $a i32.const 22 i32.shr_u i32.const 0x3fc i32.and i32.load offset=12288 i32.xor
        local.get $a i32.const 14 i32.shr_u i32.const 0x3fc i32.and i32.load offset=13312 i32.xor
        local.get $a i32.const 6 i32.shr_u i32.const 0x3fc i32.and i32.load offset=14336 i32.xor
        local.get $a i32.const 2 i32.shl i32.const 0x3fc i32.and i32.load offset=15360 i32.xor
        local.set $state
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $round)))
    (block $over
      (loop $byte
        (br_if $over (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $state (i32.xor
          (i32.shr_u (local.get $state) (i32.const 8))
          (i32.load (i32.and (i32.shl (i32.xor (local.get $state) (i32.load8_u (local.get $at))) (i32.const 2)) (i32.const 0x3fc)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $state)))
