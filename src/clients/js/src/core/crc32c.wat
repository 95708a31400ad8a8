;; CRC-32C over memory; crc32c-wasm.js has this assembled. 16 tables of 256 words at 0, room for a frame at 16384, then what folding needs:
;; 290 blocks of zeroes at 147456, the folded blocks behind them, and from 283168 on the 290 that are left.
(module
  (memory (export "memory") 5)

  ;; As in crc32c.js: 16 bytes at a time, an entry for each.
  (func $divide (param $state i32) (param $at i32) (param $end i32) (result i32)
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
    (local.get $state))

  ;; Divides fewer bytes with the same remainder. Modulo the generator x^290 = x^136 + x^113 + x^107 + x^32 + 1, and over GF(2) that
  ;; holds for x^128 as well: a block of 16 bytes is taken away by adding it 154, 177, 183, 258 and 290 blocks further on. So each block
  ;; becomes the sum of itself and of what those that many blocks before it have become, as far as they were taken away: all but the last 290.
  (func (export "update") (param $state i32) (param $at i32) (param $end i32) (result i32)
    (local $before i32) (local $limit i32) (local $to i32)
    (if (i32.lt_s (i32.sub (local.get $end) (local.get $at)) (i32.const 9280))
      (then (return (call $divide (local.get $state) (local.get $at) (local.get $end)))))
    (local.set $before (i32.const 147456))
    (local.set $to (i32.const 152096))
    (local.set $limit (i32.add
      (local.get $before)
      (i32.sub (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const -16)) (i32.const 4640))))
    ;; Nothing is before the first block, and the register goes into it.
    (v128.store (local.get $to)
      (v128.xor (v128.load (local.get $at)) (i32x4.replace_lane 0 (v128.const i32x4 0 0 0 0) (local.get $state))))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (local.set $before (i32.add (local.get $before) (i32.const 16)))
    (local.set $to (i32.add (local.get $to) (i32.const 16)))
    (loop $part
      (loop $block
        (v128.store (local.get $to)
          (v128.xor
            (v128.xor
              (v128.xor (v128.load (local.get $at)) (v128.load (local.get $before)))
              (v128.xor (v128.load offset=512 (local.get $before)) (v128.load offset=1712 (local.get $before))))
            (v128.xor (v128.load offset=1808 (local.get $before)) (v128.load offset=2176 (local.get $before)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $before (i32.add (local.get $before) (i32.const 16)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (br_if $block (i32.lt_u (local.get $before) (local.get $limit))))
      (if (i32.ne (local.get $to) (i32.const 287808))
        (then
          (memory.fill (local.get $to) (i32.const 0) (i32.const 4640))
          (local.set $to (i32.const 283168))
          (local.set $limit (i32.add (local.get $limit) (i32.const 4640)))
          (br $part))))
    (call $divide
      (call $divide (i32.const 0) (i32.const 283168) (i32.const 287808))
      (local.get $at)
      (local.get $end))))
