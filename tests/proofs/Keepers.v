(** What keepers are paid out of a lot, and what missed lots take from the estimate of them. Spec: D25, T16. *)

From Coq Require Import ZArith Lia List.
From Damper Require Import Ledger LedgerSafe.
Import ListNotations.
Local Open Scope Z_scope.

(** [RewardConfig::room_floor]: what may still be paid out of a lot that has raised [size], [paid] being paid. The rates in
    steps of 2^-48, rounded down at each step. *)
Definition room (share penalty size paid : Z) : Z := excess_over ((share * penalty / ONE) * size / ONE) paid.

(** The life of a lot: what it has raised, and what of that was kept beyond the debt repaid, neither of which falls; and what
    was paid out of it. At a payment, a reward or the gain of a bond, a penalty is told, no more than was kept (K1), and at most
    the room is paid. *)
Inductive paid_out (share : Z) : Z -> Z -> Z -> Prop :=
| Opened : paid_out share 0 0 0
| Raised : forall size kept paid more brought, paid_out share size kept paid -> 0 <= more -> 0 <= brought ->
    paid_out share (size + more) (kept + brought) paid
| Paid : forall size kept paid penalty pay, paid_out share size kept paid -> 0 <= penalty -> penalty * size <= kept * ONE ->
    0 <= pay <= room share penalty size paid -> paid_out share size kept (paid + pay).

(** T16 (i), of one lot: all that is paid is at most [share] of the penalties that it has brought; nothing, if it has brought
    none. *)
Theorem T16_i_one_lot : forall share size kept paid, 0 <= share -> paid_out share size kept paid ->
  0 <= size /\ 0 <= kept /\ 0 <= paid /\ paid * ONE <= share * kept.
Proof.
  intros share size kept paid Hs H. pose proof ONE_pos as O.
  induction H as [|size kept paid more brought H IH Hm Hb|size kept paid penalty pay H IH Hp Hk Hpay]; [lia|nia|].
  destruct IH as (I1 & I2 & I3 & I4). split; [exact I1|]. split; [exact I2|].
  unfold room, excess_over in Hpay. split; [lia|].
  destruct (Z.eq_dec pay 0); [subst; rewrite Z.add_0_r; exact I4|].
  set (q := share * penalty / ONE) in *.
  assert (Q : q * ONE <= share * penalty) by (unfold q; pose proof (Z.mul_div_le (share * penalty) ONE O); lia).
  assert (W : q * size / ONE * ONE <= q * size) by (pose proof (Z.mul_div_le (q * size) ONE O); lia).
  assert (paid + pay <= q * size / ONE) by lia. clearbody q. set (w := q * size / ONE) in *. clearbody w.
  assert ((paid + pay) * ONE * ONE <= share * kept * ONE); [|nia].
  assert (q * ONE * size <= share * penalty * size) by nia. nia.
Qed.

(** T16 (i), no farming: of any lots, cut in whatever way, all that is paid is at most [share] of all the penalties that they
    have brought. A lot is its size, what was kept, and what was paid. *)
Theorem T16_i_no_farming : forall share lots, 0 <= share ->
  Forall (fun lot => paid_out share (fst (fst lot)) (snd (fst lot)) (snd lot)) lots ->
  fold_right (fun lot sum => snd lot + sum) 0 lots * ONE <= share * fold_right (fun lot sum => snd (fst lot) + sum) 0 lots.
Proof.
  intros share lots Hs H. induction H as [|[[size kept] paid] lots H _ IH]; cbn [fold_right fst snd] in *; [lia|].
  destruct (T16_i_one_lot share size kept paid Hs H) as (_ & _ & _ & G). nia.
Qed.

(** A product rounded down is at least [m] exactly from the quotient rounded up on. *)
Lemma floor_from a b m : 0 < b -> (m <= a * b / ONE <-> cdiv (m * ONE) b <= a).
Proof.
  intros Hb. pose proof ONE_pos as O. destruct (cdiv_spec (m * ONE) b Hb) as [C1 C2].
  split; intros H.
  - pose proof (Z.mul_div_le (a * b) ONE O). apply cdiv_le; [exact Hb|]. nia.
  - apply Z.div_le_lower_bound; [exact O|]. nia.
Qed.

(** The offer of D25 and the reward, [RewardConfig::reward_floor], without the limit of what a step may be. *)
Definition offered (tip chip growth boost size : Z) : Z := (tip + size * chip / ONE) * (ONE + growth) / ONE * boost / ONE.
Definition reward (cap tip chip growth boost share penalty size paid : Z) : Z :=
  Z.min cap (Z.min (offered tip chip growth boost size) (room share penalty size paid)).

(** T16 (ii). The reward covers a cost [g > 0] exactly from the least size of D25 on. *)
Theorem T16_ii_least_size : forall cap tip chip growth boost share penalty size paid g,
  0 < chip -> 0 <= growth -> 0 < boost -> 0 < share * penalty / ONE -> 0 <= size -> 0 < g ->
  let wanted := cdiv (cdiv (g * ONE) boost * ONE) (ONE + growth) - tip in
  (g <= reward cap tip chip growth boost share penalty size paid <->
   g <= cap /\ Z.max (cdiv (Z.max 0 wanted * ONE) chip) (cdiv ((g + paid) * ONE) (share * penalty / ONE)) <= size).
Proof.
  intros cap tip chip growth boost share penalty size paid g Hc Hg Hb Ha Hs Hgg wanted. pose proof ONE_pos as O.
  assert (E : g <= offered tip chip growth boost size <-> cdiv (Z.max 0 wanted * ONE) chip <= size).
  { unfold offered. rewrite (floor_from _ boost g Hb), (floor_from _ (ONE + growth) _ ltac:(lia)).
    rewrite <- (floor_from size chip (Z.max 0 wanted) Hc). unfold wanted.
    assert (0 <= size * chip / ONE) by (apply Z.div_pos; nia). lia. }
  assert (R : g <= room share penalty size paid <-> cdiv ((g + paid) * ONE) (share * penalty / ONE) <= size).
  { rewrite <- (floor_from size (share * penalty / ONE) (g + paid) Ha). unfold room, excess_over.
    rewrite (Z.mul_comm (share * penalty / ONE) size). lia. }
  unfold reward. lia.
Qed.

(** The weight of a lot of [size], a whole lot being [whole]; and a miss. *)
Definition weight (whole size : Z) : Z := Z.min ONE (cdiv (size * ONE) whole).
Definition miss (whole health size : Z) : Z := Z.max 0 (health - weight whole size).

(** T16 (iv). Misses leave the estimate less the sum of their weights, and no less than nothing. *)
Theorem T16_iv_misses : forall whole health sizes, 0 < whole -> 0 <= health -> Forall (fun size => 0 <= size) sizes ->
  fold_left (miss whole) sizes health = Z.max 0 (health - fold_right (fun size sum => weight whole size + sum) 0 sizes).
Proof.
  intros whole health sizes Hw Hh H. pose proof ONE_pos as O. revert health Hh.
  induction H as [|size sizes Hs H IH]; intros health Hh; simpl; [lia|].
  assert (W : 0 <= weight whole size).
  { unfold weight. destruct (cdiv_spec (size * ONE) whole Hw). assert (0 <= cdiv (size * ONE) whole) by nia. lia. }
  assert (S : 0 <= fold_right (fun size sum => weight whole size + sum) 0 sizes).
  { clear - H Hw O. induction H as [|size sizes Hs H IH]; simpl; [lia|].
    unfold weight at 1. destruct (cdiv_spec (size * ONE) whole Hw). assert (0 <= cdiv (size * ONE) whole) by nia. lia. }
  rewrite IH by (unfold miss; lia). unfold miss. lia.
Qed.

(** Those that take it from one to zero were of [W (1 - k 2^-48)] quote atoms or more. *)
Theorem T16_iv_a_whole_lot : forall whole sizes, 0 < whole -> Forall (fun size => 0 <= size) sizes ->
  fold_left (miss whole) sizes ONE = 0 ->
  whole * (ONE - Z.of_nat (length sizes)) <= fold_right Z.add 0 sizes * ONE.
Proof.
  intros whole sizes Hw H E. pose proof ONE_pos as O. rewrite T16_iv_misses in E by (auto; lia).
  assert (G : fold_right (fun size sum => weight whole size + sum) 0 sizes * whole
              <= fold_right Z.add 0 sizes * ONE + whole * Z.of_nat (length sizes)).
  { clear E. induction H as [|size sizes Hs H IH]; [simpl; lia|].
    cbn [fold_right length]. rewrite Nat2Z.inj_succ. unfold weight at 1.
    destruct (cdiv_spec (size * ONE) whole Hw) as [_ C]. nia. }
  nia.
Qed.

Lemma weight_sub whole x y : 0 < whole -> 0 <= x -> 0 <= y ->
  weight whole (x + y) <= weight whole x + weight whole y /\
  Z.min ONE (weight whole x + weight whole y) <= weight whole (x + y) + 1.
Proof.
  intros Hw Hx Hy. pose proof ONE_pos as O. unfold weight.
  destruct (cdiv_spec (x * ONE) whole Hw) as [A1 A2], (cdiv_spec (y * ONE) whole Hw) as [B1 B2], (cdiv_spec ((x + y) * ONE) whole Hw) as [C1 C2].
  set (a := cdiv (x * ONE) whole) in *. set (b := cdiv (y * ONE) whole) in *. set (c := cdiv ((x + y) * ONE) whole) in *. clearbody a b c.
  assert (0 <= a) by nia. assert (0 <= b) by nia. assert (c <= a + b) by nia. assert (a + b <= c + 1) by nia. lia.
Qed.

(** T16 (iv). [k] misses leave what one of their sum leaves, less at most [k] steps, and no more than that. *)
Theorem T16_iv_pieces : forall whole sizes health, 0 < whole -> 0 <= health <= ONE -> Forall (fun size => 0 <= size) sizes ->
  miss whole health (fold_right Z.add 0 sizes) - Z.of_nat (length sizes) <= fold_left (miss whole) sizes health
    <= miss whole health (fold_right Z.add 0 sizes).
Proof.
  intros whole sizes health Hw Hh H. rewrite T16_iv_misses by (auto; lia).
  assert (G : weight whole (fold_right Z.add 0 sizes) <= fold_right (fun size sum => weight whole size + sum) 0 sizes /\
    Z.min ONE (fold_right (fun size sum => weight whole size + sum) 0 sizes) <= weight whole (fold_right Z.add 0 sizes) + Z.of_nat (length sizes)
    /\ 0 <= fold_right Z.add 0 sizes).
  { induction H as [|s sizes Hs H IH].
    - simpl. unfold weight. replace (cdiv (0 * ONE) whole) with 0 by reflexivity. pose proof ONE_pos. lia.
    - cbn [fold_right length]. rewrite Nat2Z.inj_succ. destruct IH as (I1 & I2 & I3).
      destruct (weight_sub whole s (fold_right Z.add 0 sizes) Hw Hs I3) as [W1 W2].
      assert (0 <= weight whole s). { unfold weight. pose proof ONE_pos. destruct (cdiv_spec (s * ONE) whole Hw). assert (0 <= cdiv (s * ONE) whole) by nia. lia. }
      lia. }
  unfold miss. lia.
Qed.
