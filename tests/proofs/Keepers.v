(** What keepers are paid out of a lot, and what missed lots take from the estimate of them. Spec: D25, T16. *)

From Coq Require Import ZArith Lia List.
From Damper Require Import Ledger LedgerSafe.
Import ListNotations.
Local Open Scope Z_scope.

(** [RewardConfig::room_floor]: what may still be paid out of a lot that has raised [size], [paid] being paid. The rates in
    steps of 2^-48, rounded down at each step. *)
Definition room (share penalty size paid : Z) : Z := excess_over ((share * penalty / ONE) * size / ONE) paid.

(** The life of a lot: what it has raised at each payment, which does not fall, and what is paid then, a reward or the gain of
    a bond: at most the room. *)
Inductive paid_out (share penalty : Z) : Z -> Z -> Prop :=
| Opened : paid_out share penalty 0 0
| Raised : forall size paid more, paid_out share penalty size paid -> 0 <= more -> paid_out share penalty (size + more) paid
| Paid : forall size paid pay, paid_out share penalty size paid -> 0 <= pay <= room share penalty size paid ->
    paid_out share penalty size (paid + pay).

(** T16 (i), of one lot: all that is paid is at most [share] of the penalty that it has brought; nothing, if it has brought
    none. *)
Theorem T16_i_one_lot : forall share penalty size paid, 0 <= share -> 0 <= penalty -> paid_out share penalty size paid ->
  0 <= paid /\ 0 <= size /\ paid * (ONE * ONE) <= share * penalty * size.
Proof.
  intros share penalty size paid Hs Hp H. pose proof ONE_pos as O.
  set (a := share * penalty / ONE). assert (A : 0 <= a) by (apply Z.div_pos; nia).
  assert (A' : a * ONE <= share * penalty) by (unfold a; pose proof (Z.mul_div_le (share * penalty) ONE O); lia).
  assert (G : 0 <= paid /\ 0 <= size /\ paid <= a * size / ONE).
  { induction H as [|size paid more H IH Hm|size paid pay H IH Hpay].
    - rewrite Z.mul_0_r, Z.div_0_l; lia.
    - destruct IH as (I1 & I2 & I3). split; [exact I1|]. split; [lia|].
      assert (a * size / ONE <= a * (size + more) / ONE) by (apply Z.div_le_mono; nia). lia.
    - destruct IH as (I1 & I2 & I3). unfold room, excess_over in Hpay. fold a in Hpay. lia. }
  destruct G as (G1 & G2 & G3). split; [exact G1|]. split; [exact G2|].
  pose proof (Z.mul_div_le (a * size) ONE O). nia.
Qed.

(** T16 (i), no farming: of any lots, cut in whatever way, all that is paid is at most [share] of the sum of the penalties
    that they have brought. A lot is its penalty, its size and what was paid. *)
Theorem T16_i_no_farming : forall share lots, 0 <= share ->
  Forall (fun lot => 0 <= fst (fst lot) /\ paid_out share (fst (fst lot)) (snd (fst lot)) (snd lot)) lots ->
  fold_right (fun lot sum => snd lot + sum) 0 lots * (ONE * ONE)
    <= share * fold_right (fun lot sum => fst (fst lot) * snd (fst lot) + sum) 0 lots.
Proof.
  intros share lots Hs H. induction H as [|[[penalty size] paid] lots [Hp H] _ IH]; cbn [fold_right fst snd] in *; [lia|].
  destruct (T16_i_one_lot share penalty size paid Hs Hp H) as (_ & _ & G). nia.
Qed.

(** A product rounded down is at least [m] exactly from the quotient rounded up on. *)
Lemma floor_from a b m : 0 < b -> (m <= a * b / ONE <-> cdiv (m * ONE) b <= a).
Proof.
  intros Hb. pose proof ONE_pos as O. destruct (cdiv_spec (m * ONE) b Hb) as [C1 C2].
  split; intros H.
  - pose proof (Z.mul_div_le (a * b) ONE O). apply cdiv_le; [exact Hb|]. nia.
  - apply Z.div_le_lower_bound; [exact O|]. nia.
Qed.

(** [RewardConfig::offer_floor], without the limit of what a step may be; and the reward. *)
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

(** T16 (iv). Misses leave what their weights sum to, however they are cut; and [k] of them that take the estimate from one to
    zero were of [W (1 - k 2^-48)] quote atoms at least. *)
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
