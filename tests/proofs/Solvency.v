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

(** T18 (ii), what charges sell. Parts of sales in the order of time, each its amount, [least] or more, and its charges: at most
    the impact of itself and the part before it together. *)
Fixpoint charged_in_parts (impact : Z -> Z) (least before : Z) (parts : list (Z * Z)) : Prop :=
  match parts with
  | [] => True
  | (x, c) :: parts => least <= x /\ c <= impact (before + x) /\ charged_in_parts impact least x parts
  end.
Definition sold (parts : list (Z * Z)) : Z := fold_right (fun p sum => fst p + sum) 0 parts.
Definition charges (parts : list (Z * Z)) : Z := fold_right (fun p sum => snd p + sum) 0 parts.

Lemma charges_cons x c parts : charges ((x, c) :: parts) = c + charges parts. Proof. reflexivity. Qed.
Lemma sold_cons x c parts : sold ((x, c) :: parts) = x + sold parts. Proof. reflexivity. Qed.

Lemma sold_nonneg impact least parts : 0 <= least -> forall before, charged_in_parts impact least before parts -> 0 <= sold parts.
Proof.
  intros Hl. induction parts as [|[x c] parts IH]; intros before H; [simpl; lia|]. destruct H as (Hx & _ & H).
  specialize (IH _ H). rewrite sold_cons. lia.
Qed.

(** On a grid, where the impact [I(z)] of [least] or more is at most [z g / m]: charges of [a] or more sell at least
    [a m / (2 g)], however they are cut. *)
Theorem T18_ii_grid : forall impact least m g parts a, 0 <= least -> 0 <= m -> 0 <= g ->
  (forall z, least <= z -> impact z * m <= z * g) ->
  charged_in_parts impact least 0 parts -> a <= charges parts -> a * m <= 2 * sold parts * g.
Proof.
  intros impact least m g parts a Hl Hm Hg HI H Ha.
  assert (G : forall parts before, 0 <= before -> charged_in_parts impact least before parts ->
    charges parts * m <= (before + 2 * sold parts) * g).
  { clear parts a H Ha. induction parts as [|[x c] parts IH]; intros before Hb H; [simpl; nia|].
    destruct H as (Hx & Hc & H). rewrite charges_cons, sold_cons.
    specialize (IH x ltac:(lia) H). specialize (HI (before + x) ltac:(lia)).
    assert (c * m <= impact (before + x) * m) by nia. nia. }
  specialize (G parts 0 ltac:(lia) H). nia.
Qed.

(** The impact on a grid of points and quantities: that of the first point whose quantity is more, and of the last point for
    more than it shows. *)
Fixpoint grid (points : list (Z * Z)) (z : Z) : Z :=
  match points with
  | [] => 0
  | [(g, _)] => g
  | (g, q) :: rest => if z <? q then g else grid rest z
  end.
(** [m / g] is at most the minimum of D29, over the last point and each that shows more than [least]. *)
Fixpoint least_ratio (least before m g : Z) (points : list (Z * Z)) : Prop :=
  match points with
  | [] => True
  | [(gi, _)] => gi * m <= g * Z.max least before
  | (gi, q) :: rest => (least < q -> gi * m <= g * Z.max least before) /\ least_ratio least q m g rest
  end.

(** That premise of [T18_ii_grid] is what the minimum of D29 gives. *)
Theorem T18_ii_grid_impact : forall points least before m g, 0 <= g -> least_ratio least before m g points -> 0 <= least ->
  forall z, least <= z -> before <= z -> grid points z * m <= z * g.
Proof.
  induction points as [|[gi q] [|[gj q'] rest] IH]; intros least before m g Hg H Hl z Hz Hb.
  - simpl. nia.
  - simpl in *. assert (Z.max least before <= z) by lia. nia.
  - destruct H as [R1 R2].
    change (grid ((gi, q) :: (gj, q') :: rest) z) with (if z <? q then gi else grid ((gj, q') :: rest) z).
    destruct (Z.ltb_spec z q).
    + specialize (R1 ltac:(lia)). assert (Z.max least before <= z) by lia. nia.
    + apply (IH least q m g Hg R2 Hl z Hz). lia.
Qed.

(** The grid of D29's example, 1,000 at 1/64, and a least sale of 100: impacts in 64ths, [m / g] is 100. *)
Example ex_grid : least_ratio 100 0 100 1 [(1, 1000)] /\ grid [(1, 1000)] 100 * 100 <= 100 * 1.
Proof. simpl. lia. Qed.

(** On a constant product, where two impacts are at most that of the sum: all charges are at most the impact of twice what is
    sold. *)
Theorem T18_ii_constant_product : forall impact parts, (forall y z, 0 <= y -> 0 <= z -> impact y + impact z <= impact (y + z)) ->
  (forall y z, 0 <= y <= z -> impact y <= impact z) -> impact 0 = 0 ->
  charged_in_parts impact 0 0 parts -> charges parts <= impact (2 * sold parts).
Proof.
  intros impact parts Hsum Hmono H0 H.
  assert (G : forall parts before, 0 <= before -> charged_in_parts impact 0 before parts ->
    charges parts <= impact (before + 2 * sold parts)).
  { clear parts H. induction parts as [|[x c] parts IH]; intros before Hb H.
    - change (charges []) with 0. change (sold []) with 0. specialize (Hmono 0 (before + 2 * 0) ltac:(lia)). lia.
    - destruct H as (Hx & Hc & H). rewrite charges_cons, sold_cons. pose proof (sold_nonneg impact 0 parts (Z.le_refl 0) x H) as S. specialize (IH x Hx H).
      specialize (Hsum (before + x) (x + 2 * sold parts) ltac:(lia) ltac:(lia)).
      replace (before + 2 * (x + sold parts)) with (before + x + (x + 2 * sold parts)) by ring. lia. }
  exact (G parts 0 ltac:(lia) H).
Qed.
