(** Products and quotients of words by their halves, as [src/word.rs], [src/digits.rs] and [src/wide.rs] compute them,
    with the half [b] as a parameter: a word is [b^2]. [b = 2^32] is [word] and [digits], [b = 2^64] is [wide]. Every
    sum, difference, product and shift is reduced as the machine does ([wrap]); that nothing is lost is part of the
    theorems. [x >> 32] is [x / b], [x & LOW] is [x mod b], [x << 32] is [wrap (x * b)]. *)

Require Import ZArith Lia Bool.
From Damper Require Import Kernels.
Open Scope Z_scope.

Section Words.
Variable b : Z.
Variable h : Z.
Hypothesis Hb : b = 2 * h.
Hypothesis Hh : 1 <= h.

Definition W : Z := b * b.
Definition wrap (x : Z) : Z := x mod W.

Lemma b_pos : 0 < b. Proof. lia. Qed.
Lemma W_pos : 0 < W. Proof. unfold W. pose proof b_pos. apply Z.mul_pos_pos; lia. Qed.
Lemma wrap_id : forall x, 0 <= x < W -> wrap x = x. Proof. intros. apply Z.mod_small; auto. Qed.
Lemma wrap_eq : forall x y k, x = y + k * W -> 0 <= y < W -> wrap x = y.
Proof. intros x y k -> H. unfold wrap. rewrite Z.mod_add by (pose proof W_pos; lia). apply Z.mod_small; auto. Qed.
Lemma split_b : forall x, 0 <= x < W -> x = b * (x / b) + x mod b /\ 0 <= x / b < b /\ 0 <= x mod b < b.
Proof.
  intros x H. pose proof b_pos as P. pose proof (Z.div_mod x b ltac:(lia)). pose proof (Z.mod_pos_bound x b P). split; [lia|]. split; [|lia].
  split; [apply floor_nonneg; lia|]. apply floor_lt; auto. unfold W in H. lia.
Qed.
Lemma product_half : forall x y, 0 <= x < b -> 0 <= y < b -> 0 <= x * y <= (b - 1) * (b - 1).
Proof. intros. split; [apply Z.mul_nonneg_nonneg; lia | apply Z.mul_le_mono_nonneg; lia]. Qed.
Lemma low_word : forall x y, 0 <= x < b -> 0 <= y < b -> 0 <= b * x + y < W.
Proof.
  intros x y Hx Hy. unfold W. assert (b * x <= b * (b - 1)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (0 <= b * x) by (apply Z.mul_nonneg_nonneg; lia). lia.
Qed.
Lemma div_of_sum : forall q r, 0 <= r < b -> (b * q + r) / b = q.
Proof. intros. apply floor_unique; [apply b_pos | lia]. Qed.
Lemma mod_of_sum : forall q r, 0 <= r < b -> (b * q + r) mod b = r.
Proof. intros. pose proof b_pos. rewrite Z.add_comm, Z.mul_comm, Z.mod_add by lia. apply Z.mod_small; auto. Qed.

(** ** [word::by_halves] *)

Definition by_halves (x y : Z) : Z * Z :=
  let x1 := x / b in let x0 := x mod b in let y1 := y / b in let y0 := y mod b in
  let low := wrap (x * y) in
  let middle := wrap (wrap (x1 * y0) + wrap (x0 * y0) / b) in
  let cross := wrap (wrap (x0 * y1) + middle mod b) in
  let carried := wrap (cross - low / b) / b in
  (wrap (wrap (wrap (x1 * y1) + middle / b) + carried), low).

(** K_by_halves. SPEC D1: the two words of [by_halves], high word first, are the exact product; no sum leaves the word. *)
Theorem K_by_halves : forall x y, 0 <= x < W -> 0 <= y < W -> let '(hi, lo) := by_halves x y in
  hi * W + lo = x * y /\ 0 <= lo < W /\ 0 <= hi < W.
Proof.
  intros x y Hx Hy. unfold by_halves. pose proof b_pos as BP. pose proof W_pos as WP.
  destruct (split_b x Hx) as (Ex & X1 & X0). destruct (split_b y Hy) as (Ey & Y1 & Y0).
  set (x1 := x / b) in *. set (x0 := x mod b) in *. set (y1 := y / b) in *. set (y0 := y mod b) in *. clearbody x1 x0 y1 y0.
  pose proof (product_half x0 y0 X0 Y0) as P00. pose proof (product_half x1 y0 X1 Y0) as P10.
  pose proof (product_half x0 y1 X0 Y1) as P01. pose proof (product_half x1 y1 X1 Y1) as P11.
  assert (W = b * b) as EW by reflexivity.
  rewrite (wrap_id (x0 * y0)), (wrap_id (x1 * y0)), (wrap_id (x0 * y1)), (wrap_id (x1 * y1)) by lia.
  destruct (split_b (x0 * y0) ltac:(lia)) as (Ep & Q1 & Q0). set (p1 := (x0 * y0) / b) in *. set (p0 := (x0 * y0) mod b) in *. clearbody p1 p0.
  rewrite (wrap_id (x1 * y0 + p1)) by lia.
  destruct (split_b (x1 * y0 + p1) ltac:(lia)) as (Em & M1 & M0). set (m1 := (x1 * y0 + p1) / b) in *. set (m0 := (x1 * y0 + p1) mod b) in *. clearbody m1 m0.
  rewrite (wrap_id (x0 * y1 + m0)) by lia.
  destruct (split_b (x0 * y1 + m0) ltac:(lia)) as (Ec & C1 & C0). set (c1 := (x0 * y1 + m0) / b) in *. set (c0 := (x0 * y1 + m0) mod b) in *. clearbody c1 c0.
  assert (x * y = (x1 * y1 + m1 + c1) * W + (b * c0 + p0)) as EXY.
  { rewrite Ex, Ey, EW. replace ((b * x1 + x0) * (b * y1 + y0)) with (x1 * y1 * (b * b) + b * (x1 * y0 + x0 * y1) + x0 * y0) by ring.
    rewrite Ep. replace (x1 * y0) with (b * m1 + m0 - p1) by lia. replace (x0 * y1) with (b * c1 + c0 - m0) by lia. ring. }
  pose proof (low_word c0 p0 C0 Q0) as LOW.
  assert (wrap (x * y) = b * c0 + p0) as EL by (apply wrap_eq with (k := x1 * y1 + m1 + c1); [lia | auto]).
  rewrite EL, div_of_sum by auto. rewrite Ec. replace (b * c1 + c0 - c0) with (b * c1 + 0) by lia.
  rewrite (wrap_id (b * c1 + 0)) by (apply low_word; lia). rewrite (div_of_sum c1 0) by lia.
  assert (0 <= x1 * y1 + m1 + c1 < W) as HI.
  { split; [lia|]. assert (x * y < W * W) by (apply Z.mul_lt_mono_nonneg; lia).
    assert ((x1 * y1 + m1 + c1) * W < W * W) as F by lia. apply Z.mul_lt_mono_pos_r in F; auto. }
  rewrite (wrap_id (x1 * y1 + m1)) by lia. rewrite (wrap_id (x1 * y1 + m1 + c1)) by lia.
  split; [lia|]. auto.
Qed.

(** ** [U256::mul_wide] *)

Definition mul_wide (x y : Z) : Z * Z :=
  let x1 := x / b in let x0 := x mod b in let y1 := y / b in let y0 := y mod b in
  let low := x0 * y0 in
  let mid := wrap (x1 * y0 + low / b) in
  let cross := wrap (x0 * y1 + mid mod b) in
  (wrap (wrap (x1 * y1 + mid / b) + cross / b), (cross mod b) * b + low mod b).

(** K_mul_wide. SPEC D1: the 256-bit product of two numbers of 128 bits from products of words of 64 ([b = 2^64]). *)
Theorem K_mul_wide : forall x y, 0 <= x < W -> 0 <= y < W -> let '(hi, lo) := mul_wide x y in
  hi * W + lo = x * y /\ 0 <= lo < W /\ 0 <= hi < W.
Proof.
  intros x y Hx Hy. unfold mul_wide. pose proof b_pos as BP. pose proof W_pos as WP.
  destruct (split_b x Hx) as (Ex & X1 & X0). destruct (split_b y Hy) as (Ey & Y1 & Y0).
  set (x1 := x / b) in *. set (x0 := x mod b) in *. set (y1 := y / b) in *. set (y0 := y mod b) in *. clearbody x1 x0 y1 y0.
  pose proof (product_half x0 y0 X0 Y0) as P00. pose proof (product_half x1 y0 X1 Y0) as P10.
  pose proof (product_half x0 y1 X0 Y1) as P01. pose proof (product_half x1 y1 X1 Y1) as P11.
  assert (W = b * b) as EW by reflexivity.
  destruct (split_b (x0 * y0) ltac:(lia)) as (Ep & Q1 & Q0). set (p1 := (x0 * y0) / b) in *. set (p0 := (x0 * y0) mod b) in *. clearbody p1 p0.
  rewrite (wrap_id (x1 * y0 + p1)) by lia.
  destruct (split_b (x1 * y0 + p1) ltac:(lia)) as (Em & M1 & M0). set (m1 := (x1 * y0 + p1) / b) in *. set (m0 := (x1 * y0 + p1) mod b) in *. clearbody m1 m0.
  rewrite (wrap_id (x0 * y1 + m0)) by lia.
  destruct (split_b (x0 * y1 + m0) ltac:(lia)) as (Ec & C1 & C0). set (c1 := (x0 * y1 + m0) / b) in *. set (c0 := (x0 * y1 + m0) mod b) in *. clearbody c1 c0.
  assert (x * y = (x1 * y1 + m1 + c1) * W + (b * c0 + p0)) as EXY.
  { rewrite Ex, Ey, EW. replace ((b * x1 + x0) * (b * y1 + y0)) with (x1 * y1 * (b * b) + b * (x1 * y0 + x0 * y1) + x0 * y0) by ring.
    rewrite Ep. replace (x1 * y0) with (b * m1 + m0 - p1) by lia. replace (x0 * y1) with (b * c1 + c0 - m0) by lia. ring. }
  pose proof (low_word c0 p0 C0 Q0) as LOW.
  assert (0 <= x1 * y1 + m1 + c1 < W) as HI.
  { split; [lia|]. assert (x * y < W * W) by (apply Z.mul_lt_mono_nonneg; lia).
    assert ((x1 * y1 + m1 + c1) * W < W * W) as F by lia. apply Z.mul_lt_mono_pos_r in F; auto. }
  rewrite (wrap_id (x1 * y1 + m1)) by lia. rewrite (wrap_id (x1 * y1 + m1 + c1)) by lia.
  split; [lia|]. split; [lia|auto].
Qed.

(** ** [word::digit], [word::normal_quotient] *)

Definition digit (high next d : Z) : Z * Z :=
  let d1 := d / b in let d0 := d mod b in
  let e := if high / d1 <=? b - 1 then high / d1 else b - 1 in
  let rest := wrap (high - wrap (e * d1)) in
  let sub := wrap (e * d0) in
  let leftover := wrap (rest * b) + next in
  let '(e, leftover) :=
    if (rest / b =? 0) && (leftover <? sub) then
      let e := wrap (e - 1) in let leftover := wrap (leftover + d) in
      if (d <=? leftover) && (leftover <? sub) then (wrap (e - 1), wrap (leftover + d)) else (e, leftover)
    else (e, leftover) in
  (e, wrap (leftover - sub)).

(** One quotient digit: what follows from an estimate that is valid and not below. *)
Lemma digit_exact : forall N d e q r, 0 < d -> 0 <= N -> q = N / d -> q <= e -> N - e * d = r -> 0 <= r -> e = q /\ r = N mod d.
Proof.
  intros N d e q r Hd HN -> Hq Hr H. pose proof (floor_spec N d Hd).
  assert (e <= N / d) by (apply le_floor; lia). assert (e = N / d) as -> by lia. split; auto.
  rewrite Z.mod_eq by lia. lia.
Qed.

(** K_digit. SPEC D1 (Knuth, TAOCP 2, 4.3.1, algorithm D): for a divisor with its top bit set, [high < d] and a next digit
    [next < b], [word::digit] is the exact digit and remainder. *)
Theorem K_digit : forall high next d, W <= 2 * d -> d < W -> 0 <= high < d -> 0 <= next < b ->
  digit high next d = ((high * b + next) / d, (high * b + next) mod d) /\ 0 <= (high * b + next) / d < b /\ 0 <= (high * b + next) mod d < d.
Proof.
  intros high next d Hn Hd Hh' Hx. pose proof b_pos as BP. pose proof W_pos as WP. assert (W = b * b) as EW by reflexivity.
  destruct (split_b d ltac:(lia)) as (Ed & D1 & D0). unfold digit.
  set (d1 := d / b) in *. set (d0 := d mod b) in *. clearbody d1 d0.
  assert (0 < d1) as D1P by (destruct (Z.eq_dec d1 0) as [Z1|]; [rewrite Z1 in Ed; assert (b * 2 <= b * b) by (apply Z.mul_le_mono_nonneg_l; lia); lia | lia]).
  set (N := high * b + next). assert (0 <= high * b) as HB0 by (apply Z.mul_nonneg_nonneg; lia). assert (0 <= N) as N0 by (unfold N; lia).
  pose proof (floor_spec N d ltac:(lia)) as FN. pose proof (Z.mod_pos_bound N d ltac:(lia)) as MN.
  assert (0 <= N / d) as Q0 by (apply floor_nonneg; lia).
  assert (N / d < b) as QB by (apply floor_lt; [lia|]; unfold N; assert (high * b <= (d - 1) * b) by (apply Z.mul_le_mono_nonneg_r; lia); lia).
  set (q := N / d) in *.
  assert (q <= high / d1) as QE.
  { apply le_floor; auto. assert (0 <= d0 * q) by (apply Z.mul_nonneg_nonneg; lia). assert (b * (d1 * q) < b * (high + 1)) as F by (unfold N in *; lia). apply Z.mul_lt_mono_pos_l in F; lia. }
  set (e := if high / d1 <=? b - 1 then high / d1 else b - 1).
  pose proof (floor_spec high d1 D1P) as FE.
  assert (q <= e <= b - 1 /\ 0 <= e * d1 <= high) as (EE & ED).
  { unfold e. destruct (Z.leb_spec (high / d1) (b - 1)) as [L|L]; (split; [lia|]).
    - split; [apply Z.mul_nonneg_nonneg; lia | lia].
    - split; [apply Z.mul_nonneg_nonneg; lia |]. assert ((b - 1) * d1 <= high / d1 * d1) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  clearbody e. clear FE QE.
  pose proof (product_half e d0 ltac:(lia) D0) as P0.
  rewrite (wrap_id (e * d1)) by lia. rewrite (wrap_id (high - e * d1)) by lia. rewrite (wrap_id (e * d0)) by lia.
  set (rest := high - e * d1) in *. assert (0 <= rest < W) as RR by (unfold rest; lia).
  assert (N - e * d = rest * b + next - e * d0) as EN by (unfold N, rest; rewrite Ed; ring).
  destruct (split_b rest RR) as (Er & R1 & R0).
  split; [|split; lia].
  destruct (Z.eqb_spec (rest / b) 0) as [Z0|Z0]; cbn [andb].
  - assert (0 <= rest < b) as RB by lia. pose proof (low_word rest next RB Hx) as LB. rewrite (Z.mul_comm b rest) in LB.
    rewrite (wrap_id (rest * b)) by (pose proof (low_word rest 0 RB ltac:(lia)); lia). set (L := rest * b + next) in *. clearbody L.
    destruct (Z.ltb_spec L (e * d0)) as [S|S].
    + (* the estimate is too large *)
      assert (1 <= e) by (destruct (Z.eq_dec e 0) as [Ze|]; [rewrite Ze in S; lia | lia]). assert (b <= b * b) as BW by (assert (b * 1 <= b * b) by (apply Z.mul_le_mono_nonneg_l; lia); lia). rewrite (wrap_id (e - 1)) by lia.
      destruct (Z_lt_le_dec (L + d) W) as [F|F].
      * rewrite (wrap_id (L + d)) by lia. destruct (Z.leb_spec d (L + d)); try lia. cbn [andb].
        destruct (Z.ltb_spec (L + d) (e * d0)) as [S2|S2].
        -- assert (q <= e - 2). { assert (q < e - 1); [|lia]. apply floor_lt; [lia|]. lia. }
           assert (2 <= e) by lia. rewrite (wrap_id (e - 1 - 1)) by lia.
           destruct (digit_exact N d (e - 2) q (L + 2 * d - e * d0) ltac:(lia) N0 eq_refl ltac:(lia) ltac:(lia) ltac:(lia)) as [A B].
           f_equal; [lia|]. rewrite <- B. rewrite <- B in MN.
           unfold wrap at 1 2. rewrite Zminus_mod_idemp_l. replace (L + d + d - e * d0) with (L + 2 * d - e * d0) by ring. apply Z.mod_small. lia.
        -- assert (q <= e - 1). { assert (q < e); [|lia]. apply floor_lt; [lia|]. lia. }
           destruct (digit_exact N d (e - 1) q (L + d - e * d0) ltac:(lia) N0 eq_refl ltac:(lia) ltac:(lia) ltac:(lia)) as [A B].
           f_equal; [lia|]. rewrite <- B. apply wrap_id. rewrite <- B in MN. lia.
      * assert (wrap (L + d) = L + d - W) as EWR by (apply wrap_eq with (k := 1); lia). rewrite EWR.
        destruct (Z.leb_spec d (L + d - W)); try lia. cbn [andb].
        assert (q <= e - 1). { assert (q < e); [|lia]. apply floor_lt; [lia|]. lia. }
        destruct (digit_exact N d (e - 1) q (L + d - e * d0) ltac:(lia) N0 eq_refl ltac:(lia) ltac:(lia) ltac:(lia)) as [A B].
        f_equal; [lia|]. rewrite <- B. rewrite <- B in MN. apply wrap_eq with (k := -1); lia.
    + destruct (digit_exact N d e q (L - e * d0) ltac:(lia) N0 eq_refl ltac:(lia) ltac:(lia) ltac:(lia)) as [A B].
      f_equal; [lia|]. rewrite <- B. apply wrap_id. rewrite <- B in MN. lia.
  - assert (b <= rest) as RB by (destruct (Z_lt_le_dec rest b); [exfalso; apply Z0; apply Z.div_small; lia | lia]). assert (b * b <= rest * b) by (apply Z.mul_le_mono_nonneg_r; lia).
    destruct (digit_exact N d e q (rest * b + next - e * d0) ltac:(lia) N0 eq_refl ltac:(lia) ltac:(lia) ltac:(lia)) as [A B].
    f_equal; [lia|]. rewrite <- B. rewrite <- B in MN. unfold wrap.
    rewrite Zminus_mod, Zplus_mod_idemp_l, <- Zminus_mod. apply Z.mod_small. lia.
Qed.

Definition normal_quotient (high low d : Z) : Z :=
  let '(first, rest) := digit high (low / b) d in
  let '(second, _) := digit rest (low mod b) d in
  first * b + second.

(** Two digits of a long division. *)
Lemma two_digits : forall high l1 l0 d, 0 < d -> 0 <= high ->
  let n1 := high * b + l1 in let n0 := (n1 mod d) * b + l0 in
  0 <= n0 / d < b ->
  (n1 / d) * b + n0 / d = (high * (b * b) + (l1 * b + l0)) / d /\ n0 mod d = (high * (b * b) + (l1 * b + l0)) mod d.
Proof.
  intros high l1 l0 d Hd Hh0. cbv zeta. intros _. set (n1 := high * b + l1). set (n0 := n1 mod d * b + l0).
  pose proof (Z.div_mod n1 d ltac:(lia)) as E1. pose proof (Z.div_mod n0 d ltac:(lia)) as E0. pose proof (Z.mod_pos_bound n0 d Hd) as M0.
  assert (high * (b * b) + (l1 * b + l0) = d * (n1 / d * b + n0 / d) + n0 mod d) as E.
  { replace (high * (b * b) + (l1 * b + l0)) with (n1 * b + l0) by (unfold n1; ring). rewrite E1 at 1.
    replace ((d * (n1 / d) + n1 mod d) * b + l0) with (d * (n1 / d) * b + n0) by (unfold n0; ring). rewrite E0 at 1. ring. }
  split.
  - symmetry. apply floor_unique; auto. lia.
  - rewrite E. rewrite Z.add_comm, Z.mul_comm, Z.mod_add by lia. symmetry. apply Z.mod_small; auto.
Qed.

(** K_normal_quotient. SPEC D1: [word::normal_quotient] is [floor((high 2^64 + low) / d)] for a divisor with its top bit set
    and [high < d] ([b = 2^32]). *)
Theorem K_normal_quotient : forall high low d, W <= 2 * d -> d < W -> 0 <= high < d -> 0 <= low < W ->
  normal_quotient high low d = (high * W + low) / d.
Proof.
  intros high low d Hn Hd Hh' Hl. unfold normal_quotient. destruct (split_b low Hl) as (El & L1 & L0).
  set (l1 := low / b) in *. set (l0 := low mod b) in *. clearbody l1 l0.
  destruct (K_digit high l1 d Hn Hd Hh' L1) as (E1 & Q1 & R1). rewrite E1.
  destruct (K_digit ((high * b + l1) mod d) l0 d Hn Hd R1 L0) as (E0 & Q0 & R0). rewrite E0.
  pose proof W_pos. destruct (two_digits high l1 l0 d ltac:(lia) ltac:(lia) Q0) as [E _]. rewrite E. f_equal. unfold W. lia.
Qed.

End Words.
