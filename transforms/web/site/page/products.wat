;; sums[row] = codes[row] · numbers for all rows: 16 codes of 8 bits in one step, or 8 of 16 bits, and as many numbers of 16 bits. All
;; places are in bytes; width is a multiple of 16, rows are at least 1. Made into products.wasm by wat2wasm.
(module
  (import "page" "memory" (memory 1))
  (func (export "products8") (param $codes i32) (param $numbers i32) (param $sums i32) (param $rows i32) (param $width i32)
    (local $end i32) (local $n i32) (local $c v128) (local $sum v128)
    (loop $each
      (local.set $end (i32.add (local.get $codes) (local.get $width)))
      (local.set $n (local.get $numbers))
      (local.set $sum (v128.const i32x4 0 0 0 0))
      (loop $inner
        (local.set $c (v128.load (local.get $codes)))
        (local.set $sum (i32x4.add (local.get $sum)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $c)) (v128.load (local.get $n)))))
        (local.set $sum (i32x4.add (local.get $sum)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $c)) (v128.load offset=16 (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 32)))
        (br_if $inner (i32.lt_u (local.tee $codes (i32.add (local.get $codes) (i32.const 16))) (local.get $end))))
      (i32.store (local.get $sums) (call $total (local.get $sum)))
      (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
      (br_if $each (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))
  (func (export "products12") (param $codes i32) (param $numbers i32) (param $sums i32) (param $rows i32) (param $width i32)
    (local $end i32) (local $n i32) (local $sum v128)
    (loop $each
      (local.set $end (i32.add (local.get $codes) (i32.mul (local.get $width) (i32.const 2))))
      (local.set $n (local.get $numbers))
      (local.set $sum (v128.const i32x4 0 0 0 0))
      (loop $inner
        (local.set $sum (i32x4.add (local.get $sum)
          (i32x4.dot_i16x8_s (v128.load (local.get $codes)) (v128.load (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 16)))
        (br_if $inner (i32.lt_u (local.tee $codes (i32.add (local.get $codes) (i32.const 16))) (local.get $end))))
      (i32.store (local.get $sums) (call $total (local.get $sum)))
      (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
      (br_if $each (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))
  (func $total (param $sum v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
      (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum))))))
