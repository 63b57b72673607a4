(** The cascade on price buckets (SPEC D16, D17, T11), as [src/cascade.rs] finds it. Prices are positive integers in one
    unit (a price in range is one in steps of 2^-191, see [Auction.pv]); [1 + I(c)] is in steps of 2^-48. *)

Require Import ZArith Lia List Bool Arith.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [Cascade::forecast_at]: one pass over the levels (bucket price, amount), the highest first, the rest as the last one;
    [F c] is [1 + I(c)], or [None] where the book is exhausted. The result is what is sold and how many levels are set
    off; [None] is [Outcome::Exhausted]. *)
Fixpoint forecast (F : Z -> option Z) (e : Z) (levels : list (Z * Z)) (sold : Z) (reached : nat) : option (Z * nat) :=
  match F sold with
  | None => None
  | Some f =>
      match levels with
      | [] => Some (sold, reached)
      | (g, amount) :: levels =>
          if g * f <? e * ONE then Some (sold, reached) else forecast F e levels (sold + amount) (S reached)
      end
  end.

(** [ExposureMap::sold_ceil] at the price [num/den]: what is due, and every level of a price at or above it. *)
Fixpoint V (levels : list (Z * Z)) (due num den : Z) : Z :=
  match levels with
  | [] => due
  | (g, amount) :: levels => V levels (if num <=? g * den then due + amount else due) num den
  end.

(** The example of [Cascade::forecast]: 90 sets off two buckets of 100 each in a pool of 1,000. *)
Definition ex_factor (c : Z) : option Z := Some (cdiv ((1000 + c) * (1000 + c) * ONE) 1000000).
Example ex_forecast : forecast ex_factor 90 [(90, 100); (80, 100); (60, 100); (40, 0)] 0 0 = Some (200, 2%nat).
Proof. vm_compute. reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs *)

(** Levels fall strictly and hold no negative amount; the factor does not fall when more is sold and ends once. *)
Fixpoint falling (top : Z) (levels : list (Z * Z)) : Prop :=
  match levels with
  | [] => True
  | (g, amount) :: levels => 0 < g < top /\ 0 <= amount /\ falling g levels
  end.
Definition factor_sound (F : Z -> option Z) : Prop :=
  (forall c f, F c = Some f -> 0 < f) /\
  (forall c c' f', 0 <= c <= c' -> F c' = Some f' -> exists f, F c = Some f /\ f <= f').

Lemma V_ge : forall levels top due num den, falling top levels -> due <= V levels due num den.
Proof.
  induction levels as [|[g a] levels]; intros top due num den H; cbn [V]; [lia|]. destruct H as (_ & H2 & H3).
  specialize (IHlevels g (if num <=? g * den then due + a else due) num den H3). destruct (num <=? g * den); lia.
Qed.

(** Below a level that is not set off none is. *)
Lemma V_none : forall levels top due num den, falling top levels -> 0 < den -> top * den < num -> V levels due num den = due.
Proof.
  induction levels as [|[g a] levels]; intros top due num den H HD L; cbn [V]; auto. destruct H as (H1 & H2 & H3).
  assert (g * den < top * den) by (apply Z.mul_lt_mono_pos_r; lia).
  destruct (Z.leb_spec num (g * den)) as [X|X]; [exfalso; lia|]. apply (IHlevels g); auto; lia.
Qed.

(** A lower price sells no less. *)
Lemma V_mono : forall levels top due due' num den num' den', falling top levels -> 0 < den -> 0 < den' -> due <= due' ->
  num' * den <= num * den' -> V levels due num den <= V levels due' num' den'.
Proof.
  induction levels as [|[g a] levels]; intros top due due' num den num' den' H HD HD' HL HP; cbn [V]; auto. destruct H as (H1 & H2 & H3).
  apply (IHlevels g); auto. destruct (Z.leb_spec num (g * den)); destruct (Z.leb_spec num' (g * den')); try lia.
  exfalso. assert (num * den' <= g * den * den') by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (g * den' * den < num' * den) by (apply Z.mul_lt_mono_pos_r; lia). lia.
Qed.

(** Any amount [c'] that is sold at its own price includes what the pass sells, and the pass ends at a fixed point. *)
Lemma forecast_spec : forall F e levels top sold reached c n, factor_sound F -> 0 < e -> falling top levels -> 0 <= sold ->
  forecast F e levels sold reached = Some (c, n) ->
  exists f, F c = Some f /\ sold <= c /\ V levels sold (e * ONE) f = c /\
    (forall due' c' f', sold <= due' -> F c' = Some f' -> V levels due' (e * ONE) f' <= c' -> due' <= c' -> c <= c').
Proof.
  intros F e levels. induction levels as [|[g a] levels]; intros top sold reached c n HF He HL Hs E.
  - cbn [forecast] in E. destruct (F sold) as [f|] eqn:Ef; try discriminate. injection E as <- _. exists f. repeat split; auto; try lia.
  - destruct HL as (H1 & H2 & H3). cbn [forecast] in E. destruct (F sold) as [f|] eqn:Ef; try discriminate.
    pose proof (proj1 HF _ _ Ef) as FP.
    destruct (Z.ltb_spec (g * f) (e * ONE)) as [L|L].
    + injection E as <- _. exists f. split; auto. split; [lia|]. split.
      * cbn [V]. destruct (Z.leb_spec (e * ONE) (g * f)); try lia. apply (V_none levels g); auto.
      * intros due' c' f' D _ _ Hc. lia.
    + destruct (IHlevels g (sold + a) (S reached) c n HF He H3 ltac:(lia) E) as (fc & FC & SC & VC & LC).
      exists fc. split; auto. split; [lia|].
      destruct (proj2 HF sold c fc ltac:(lia) FC) as (f0 & F0 & L0). assert (f0 = f) as -> by congruence.
      pose proof (proj1 HF _ _ FC).
      assert (g * f <= g * fc) by (apply Z.mul_le_mono_nonneg_l; lia).
      split.
      * cbn [V]. destruct (Z.leb_spec (e * ONE) (g * fc)); try lia.
      * intros due' c' f' D FC' VC' DC'. cbn [V] in VC'.
        destruct (proj2 HF sold c' f' ltac:(lia) FC') as (f1 & F1 & L1). assert (f1 = f) as -> by congruence.
        assert (g * f <= g * f') by (apply Z.mul_le_mono_nonneg_l; lia).
        destruct (Z.leb_spec (e * ONE) (g * f')); try lia.
        apply (LC (due' + a) c' f'); auto; try lia. pose proof (V_ge levels g (due' + a) (e * ONE) f' H3). lia.
Qed.

(** T11_min. SPEC D17: the one pass finds the least fixed point: [c = V(e / (1 + I(c)))], and every other fixed point, even
    every [c'] with [V(e / (1 + I(c'))) <= c'], sells at least as much, so that its price is not higher. *)
Theorem T11_min : forall F e levels top due c n, factor_sound F -> 0 < e -> falling top levels -> 0 <= due ->
  forecast F e levels due 0 = Some (c, n) ->
  exists f, F c = Some f /\ V levels due (e * ONE) f = c /\
    (forall c' f', F c' = Some f' -> V levels due (e * ONE) f' <= c' -> due <= c' -> c <= c' /\ f <= f').
Proof.
  intros F e levels top due c n HF He HL Hd E.
  destruct (forecast_spec F e levels top due 0 c n HF He HL Hd E) as (f & Fc & SC & VC & LC).
  exists f. split; auto. split; auto. intros c' f' FC' V' D'.
  assert (c <= c') as L by (apply (LC due c' f'); auto; lia). split; auto.
  destruct (proj2 HF c c' f' ltac:(lia) FC') as (f0 & F0 & L0). congruence.
Qed.

(** What sellers may have sold under the hypotheses of T11: nothing at first; after a sale at most [V(m)] for a price [m]
    that was seen before, and every price seen while [c] was sold is at least [e / (1 + I(c))] (P1, P3). Any order, speed
    and cut of the sales, throttled or not, is such a sequence. *)
Inductive reachable (F : Z -> option Z) (e : Z) (levels : list (Z * Z)) (due : Z) : Z -> Prop :=
| start : reachable F e levels due 0
| sale : forall c f num den c', reachable F e levels due c -> F c = Some f -> 0 < den ->
    e * ONE * den <= num * f -> 0 <= c' <= V levels due num den -> reachable F e levels due c'.

(** T11_bound. SPEC T11: no seller who sells only what was triggered carries the price below that of the natural cascade:
    what was sold is at most [c], and the price, at least [e / (1 + I(c'))], is at least [e / (1 + I(c))]. *)
Theorem T11_bound : forall F e levels top due c n f, factor_sound F -> 0 < e -> falling top levels -> 0 <= due ->
  forecast F e levels due 0 = Some (c, n) -> F c = Some f ->
  forall c', reachable F e levels due c' -> 0 <= c' <= c /\ exists f', F c' = Some f' /\ f' <= f.
Proof.
  intros F e levels top due c n f HF He HL Hd E Ef.
  destruct (T11_min F e levels top due c n HF He HL Hd E) as (f0 & F0 & VC & _). assert (f0 = f) as -> by congruence.
  pose proof (V_ge levels top due (e * ONE) f HL). pose proof (proj1 HF _ _ Ef) as FP.
  assert (forall c', 0 <= c' <= c -> exists f', F c' = Some f' /\ f' <= f) as FL by (intros; apply (proj2 HF c' c f); auto).
  induction 1 as [|c0 g num den c' R IH Fc0 Hden P Hc'].
  - split; [lia|]. apply FL. lia.
  - destruct IH as [R0 (f1 & F1 & L1)]. assert (f1 = g) as -> by congruence. pose proof (proj1 HF _ _ Fc0).
    assert (c' <= c).
    { assert (V levels due num den <= V levels due (e * ONE) f); [|lia].
      apply (V_mono levels top); auto; try lia.
      (* e ONE den <= num g <= num f *)
      assert (0 <= e * ONE * den) by (pose proof ONE_pos; apply Z.mul_nonneg_nonneg; [apply Z.mul_nonneg_nonneg; lia | lia]).
      assert (0 <= num) by (destruct (Z_lt_le_dec num 0); [|lia]; assert (num * g < 0) by (apply Z.mul_neg_pos; lia); lia).
      assert (num * g <= num * f) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
    split; [lia|]. apply FL. lia.
Qed.

(** T11_both. SPEC T11: if the sales are those of a guard besides, so that by T-A the price is at least [P0 (1 - D)], the
    fall is at most the smaller of the two bounds: with [p = e 2^48 / f] and [D] in steps of 2^-48,
    [P >= max(p, P0 (1 - D))]. *)
Theorem T11_both : forall P P0 D e f f', 0 < f' <= f -> 0 <= P -> e * ONE <= P * f' -> P0 * (ONE - D) <= P * ONE ->
  e * ONE <= P * f /\ P0 * (ONE - D) <= P * ONE.
Proof. intros P P0 D e f f' Hf HP H1 H2. split; auto. assert (P * f' <= P * f) by (apply Z.mul_le_mono_nonneg_l; lia). lia. Qed.

(** T11_steps. SPEC D17: the pass compares at most as many times as there are levels ([K + 1]). *)
Theorem T11_steps : forall F e levels sold reached c n, forecast F e levels sold reached = Some (c, n) ->
  (reached <= n <= reached + length levels)%nat.
Proof.
  intros F e levels. induction levels as [|[g a] levels]; intros sold reached c n E; cbn [forecast length] in *.
  - destruct (F sold); try discriminate. injection E as _ <-. lia.
  - destruct (F sold) as [f|]; try discriminate. destruct (g * f <? e * ONE).
    + injection E as _ <-. lia.
    + specialize (IHlevels _ _ _ _ E). lia.
Qed.

(** T11_iteration. SPEC D17: the iteration by levels set off: a monotone map of the numbers 0 to [M] ([M = K + 1] levels),
    iterated from zero, is at a fixed point after at most [M] steps. *)
Theorem T11_iteration : forall (step : nat -> nat) (M : nat), (forall a b, (a <= b)%nat -> (step a <= step b)%nat) ->
  (forall a, (step a <= M)%nat) -> step (Nat.iter M step 0%nat) = Nat.iter M step 0%nat.
Proof.
  intros step M Mono Bound.
  assert (forall k, (Nat.iter k step 0 <= Nat.iter (S k) step 0)%nat) as UP.
  { induction k; simpl; [lia|]. apply Mono. exact IHk. }
  assert (forall k, step (Nat.iter k step 0%nat) = Nat.iter k step 0%nat \/ (k < Nat.iter (S k) step 0)%nat) as GROW.
  { induction k.
    - simpl. destruct (Nat.eq_dec (step 0%nat) 0%nat); [auto|right; lia].
    - destruct IHk as [E|G].
      + left. simpl. rewrite E. auto.
      + specialize (UP (S k)). destruct (Nat.eq_dec (Nat.iter (S (S k)) step 0%nat) (Nat.iter (S k) step 0%nat)) as [E|N]; [left; exact E|right; lia]. }
  destruct (GROW M) as [E|G]; auto. simpl in G. specialize (Bound (Nat.iter M step 0%nat)). lia.
Qed.
