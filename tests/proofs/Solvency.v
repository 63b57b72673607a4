(** A crash that begins in any state of the ledger: the fall, and what charges sell. Spec: D29, T18. *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ordered.
Import ListNotations.

Section Fall.
  Variable K : ordered_field.
  Add Field K_field_solvency : (is_field K).
  Local Open Scope field_scope.

  (** [x -> exp(-x)]: of it no more is used than that from 0 on it falls by no more than its argument rises. *)
  Variable decay : K -> K.
  Hypothesis decay_slope : forall a b, 0 <= a -> a <= b -> decay a - decay b <= b - a.

  (** T18 (i). With what the ledger may count from before the crash, [e], any [M] that satisfies the inequality of D29 bounds
      the fall: [MDD <= X + kappa A], [A <= B + h D + r n] and [D <= 1 - (1 - e) exp(-(MDD + 2 eps))] leave no more. *)
  Theorem T18_i_fall : forall k h e X B rn eps M MDD A D : K,
    0 <= k -> 0 <= h -> 0 < 1 - k * h -> 0 <= e -> 0 <= 1 - e -> 0 <= eps -> 0 <= M ->
    X + k * (B + rn + h * (1 - (1 - e) * decay (M + (1 + 1) * eps))) <= M ->
    MDD <= X + k * A -> A <= B + h * D + rn -> D <= 1 - (1 - e) * decay (MDD + (1 + 1) * eps) ->
    MDD <= M.
  Proof.
    intros k h e X B rn eps M MDD A D Hk Hh Hkh He He' Heps HM H1 H2 H3 H4.
    destruct (le_total K MDD M) as [L|L]; [exact L|].
    assert (E2 : 0 <= (1 + 1) * eps) by (apply times_nonneg; [apply plus_nonneg; apply one_nonneg | exact Heps]).
    assert (S : decay (M + (1 + 1) * eps) - decay (MDD + (1 + 1) * eps) <= MDD - M).
    { replace (MDD - M) with (MDD + (1 + 1) * eps - (M + (1 + 1) * eps)) by ring.
      apply decay_slope; [now apply plus_nonneg|]. apply plus_le2; [exact L | apply le_refl]. }
    set (y := decay (M + (1 + 1) * eps)) in *. set (z := decay (MDD + (1 + 1) * eps)) in *. clearbody y z.
    apply (proj1 (le_sub _ _ _)) in H1, H2, H3, H4, S, L.
    (* MDD - M <= k h (1 - e) (y - z) <= k h (MDD - M) *)
    assert (G : (1 - k * h) * (MDD - M) <= 0).
    { apply le_sub.
      replace (0 - (1 - k * h) * (MDD - M))
        with ((M - (X + k * (B + rn + h * (1 - (1 - e) * y)))) + (X + k * A - MDD) + k * (B + h * D + rn - A)
              + k * h * (1 - (1 - e) * z - D) + k * h * (1 - e) * (MDD - M - (y - z)) + k * h * e * (MDD - M)) by ring.
      assert (KH : 0 <= k * h) by now apply times_nonneg.
      repeat apply plus_nonneg; auto; repeat apply times_nonneg; auto. }
    apply (cancel_le K) with (1 - k * h); [exact Hkh|].
    apply le_sub. apply (proj1 (le_sub _ _ _)) in G.
    replace ((1 - k * h) * M - (1 - k * h) * MDD) with (0 - (1 - k * h) * (MDD - M)) by ring. exact G.
  Qed.
End Fall.

Local Open Scope Z_scope.

(** T18 (ii), what charges sell. Parts of sales in the order of time, each its amount and its charges: at most the impact of
    itself and the part before it together. *)
Fixpoint charged_in_parts (impact : Z -> Z) (before : Z) (parts : list (Z * Z)) : Prop :=
  match parts with
  | [] => True
  | (x, c) :: parts => 0 <= x /\ c <= impact (before + x) /\ charged_in_parts impact x parts
  end.
Definition sold (parts : list (Z * Z)) : Z := fold_right (fun p sum => fst p + sum) 0 parts.
Definition charges (parts : list (Z * Z)) : Z := fold_right (fun p sum => snd p + sum) 0 parts.

Lemma charges_cons x c parts : charges ((x, c) :: parts) = c + charges parts. Proof. reflexivity. Qed.
Lemma sold_cons x c parts : sold ((x, c) :: parts) = x + sold parts. Proof. reflexivity. Qed.

Lemma sold_nonneg impact parts : forall before, charged_in_parts impact before parts -> 0 <= sold parts.
Proof.
  induction parts as [|[x c] parts IH]; intros before H; [simpl; lia|]. destruct H as (Hx & _ & H).
  specialize (IH _ H). rewrite sold_cons. lia.
Qed.

(** On a grid, where an impact [I(z)] is at most [z / s]: charges of [a] or more sell at least [a s / 2], however they are
    cut. *)
Theorem T18_ii_grid : forall impact s parts a, 0 <= s -> (forall z, 0 <= z -> impact z * s <= z) ->
  charged_in_parts impact 0 parts -> a <= charges parts -> a * s <= 2 * sold parts.
Proof.
  intros impact s parts a Hs HI H Ha.
  assert (G : forall parts before, 0 <= before -> charged_in_parts impact before parts ->
    charges parts * s <= before + 2 * sold parts).
  { clear parts a H Ha. induction parts as [|[x c] parts IH]; intros before Hb H; [simpl; lia|].
    destruct H as (Hx & Hc & H). rewrite charges_cons, sold_cons. specialize (IH x Hx H). specialize (HI (before + x) ltac:(lia)).
    assert (c * s <= impact (before + x) * s) by nia. nia. }
  specialize (G parts 0 ltac:(lia) H). nia.
Qed.

(** On a constant product, where two impacts are at most that of the sum: all charges are at most the impact of twice what is
    sold. *)
Theorem T18_ii_constant_product : forall impact parts, (forall y z, 0 <= y -> 0 <= z -> impact y + impact z <= impact (y + z)) ->
  (forall y z, 0 <= y <= z -> impact y <= impact z) -> impact 0 = 0 ->
  charged_in_parts impact 0 parts -> charges parts <= impact (2 * sold parts).
Proof.
  intros impact parts Hsum Hmono H0 H.
  assert (G : forall parts before, 0 <= before -> charged_in_parts impact before parts ->
    charges parts <= impact (before + 2 * sold parts)).
  { clear parts H. induction parts as [|[x c] parts IH]; intros before Hb H.
    - change (charges []) with 0. change (sold []) with 0. specialize (Hmono 0 (before + 2 * 0) ltac:(lia)). lia.
    - destruct H as (Hx & Hc & H). rewrite charges_cons, sold_cons. pose proof (sold_nonneg _ _ _ H) as S. specialize (IH x Hx H).
      specialize (Hsum (before + x) (x + 2 * sold parts) ltac:(lia) ltac:(lia)).
      replace (before + 2 * (x + sold parts)) with (before + x + (x + 2 * sold parts)) by ring. lia. }
  exact (G parts 0 ltac:(lia) H).
Qed.
