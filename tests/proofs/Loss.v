(** What a crash costs: the bad debt of D29, and where it is worst. Spec: D29, T18 (iii). *)

From Coq Require Import List Ring Field Field_theory Ring_theory InitialRing.
From Damper Require Import Ordered.
Import ListNotations.

Section Loss.
  Variable K : ordered_field.
  Add Field K_field_loss : (is_field K).
  Local Open Scope field_scope.

  Lemma over_nonneg (a b : K) : 0 <= a -> 0 < b -> 0 <= a / b.
  Proof.
    intros Ha Hb. replace (a / b) with (a * inv b) by (field; now apply nonzero).
    apply times_nonneg; [exact Ha | now apply inv_nonneg].
  Qed.

  (** A smaller threshold price leaves a smaller part of the debt. *)
  Lemma part_rises (k x y : K) : 0 <= k -> 0 < x -> x <= y -> 1 - k / x <= 1 - k / y.
  Proof.
    intros Hk Hx Hxy.
    assert (Hy : 0 < y).
    { split; [eapply le_trans; [apply Hx | exact Hxy]|]. intros E. apply (nonzero K x Hx).
      apply le_antisym; [rewrite E; exact Hxy | apply Hx]. }
    apply le_sub. pose proof (nonzero K _ Hx). pose proof (nonzero K _ Hy).
    replace (1 - k / y - (1 - k / x)) with (k * (y - x) / x / y) by (field; auto).
    apply over_nonneg; [|exact Hy]. apply over_nonneg; [|exact Hx]. apply times_nonneg; [exact Hk|].
    now apply (proj1 (le_sub _ _ _)).
  Qed.

  (** T18 (iii), all positions together. Each loses at most [1 - k / x'] of what it owes, or nothing, [x'] its threshold price,
      at most [x]; what they owe together is at most [owed]. A position is its debt, its threshold price and its loss. *)
  Theorem T18_iii_together : forall (k x owed : K) (positions : list (K * K * K)), 0 <= k -> 0 <= 1 - k / x ->
    Forall (fun p : K * K * K => let '(d, x', loss) := p in
      0 <= d /\ 0 < x' /\ x' <= x /\ (loss <= 0 \/ loss <= d * (1 - k / x'))) positions ->
    fold_right (fun (p : K * K * K) sum => let '(d, _, _) := p in d + sum) 0 positions <= owed ->
    fold_right (fun (p : K * K * K) sum => let '(_, _, loss) := p in loss + sum) 0 positions <= owed * (1 - k / x).
  Proof.
    intros k x owed positions Hk Hkx H Ho.
    apply le_trans with (fold_right (fun (p : K * K * K) sum => let '(d, _, _) := p in d + sum) 0 positions * (1 - k / x)).
    - clear Ho. induction H as [|[[d x'] loss] positions (Hd & Hx & Hxx & Hl) _ IH]; simpl.
      + replace (0 * (1 - k / x)) with (@zero K) by ring. apply le_refl.
      + match goal with |- _ <= (d + ?s) * ?p => replace ((d + s) * p) with (d * p + s * p) by ring end.
        apply plus_le2; [|exact IH]. destruct Hl as [Hl|Hl].
        * eapply le_trans; [exact Hl | now apply times_nonneg].
        * eapply le_trans; [exact Hl|]. apply times_le_l; [exact Hd | now apply part_rises].
    - match goal with |- ?s * ?p <= owed * ?p => replace (s * p) with (p * s) by ring; replace (owed * p) with (p * owed) by ring end.
      now apply times_le_l.
  Qed.

  (** T18 (iii), where it is worst. With [rho <= k d] it is at [x = 1]. *)
  Theorem T18_iii_worst_at_once : forall d rho k x : K, 0 <= k * d -> rho <= k * d -> 0 < x -> x <= 1 ->
    (d - rho * x) * (1 - k / x) <= (d - rho) * (1 - k).
  Proof.
    intros d rho k x Hkd Hr Hx Hx1. pose proof (nonzero K _ Hx) as N. apply le_sub.
    replace ((d - rho) * (1 - k) - (d - rho * x) * (1 - k / x)) with ((1 - x) * ((k * d - rho) + k * d * (1 - x) / x))
      by (field; exact N).
    apply (proj1 (le_sub _ _ _)) in Hr, Hx1. apply times_nonneg; [exact Hx1|]. apply plus_nonneg; [exact Hr|].
    apply over_nonneg; [|exact Hx]. now apply times_nonneg.
  Qed.

  (** And otherwise, whatever [x], at most [d (1 - r)^2] with [r^2 = k rho / d]; reached at [x = k / r]. *)
  Theorem T18_iii_worst_between : forall d rho k r x : K, 0 <= d -> 0 < k -> k * rho = d * (r * r) -> 0 < x ->
    (d - rho * x) * (1 - k / x) <= d * ((1 - r) * (1 - r)).
  Proof.
    intros d rho k r x Hd Hk E Hx. pose proof (nonzero K _ Hx) as N. pose proof (nonzero K _ Hk) as M.
    assert (R : rho = d * (r * r) / k) by (rewrite <- E; field; exact M).
    apply le_sub.
    replace (d * ((1 - r) * (1 - r)) - (d - rho * x) * (1 - k / x)) with (d * ((r * x - k) * (r * x - k)) / k / x)
      by (rewrite R; field; auto).
    apply over_nonneg; [|exact Hx]. apply over_nonneg; [|exact Hk]. apply times_nonneg; [exact Hd | apply square_nonneg].
  Qed.

  Theorem T18_iii_worst_is_reached : forall d rho k r : K, 0 < k -> 0 < r -> k * rho = d * (r * r) ->
    (d - rho * (k / r)) * (1 - k / (k / r)) = d * ((1 - r) * (1 - r)).
  Proof.
    intros d rho k r Hk Hr E. pose proof (nonzero K _ Hr) as N. pose proof (nonzero K _ Hk) as M.
    replace rho with (d * (r * r) / k) by (rewrite <- E; field; exact M). field. auto.
  Qed.

  (** And nothing is lost from [k rho = d] on: at each [x] either all is relieved, or what is left is covered. *)
  Theorem T18_iii_nothing : forall d rho k x : K, 0 < k -> 0 <= rho -> d <= k * rho -> 0 < x ->
    d - rho * x <= 0 \/ 1 - k / x <= 0.
  Proof.
    intros d rho k x Hk Hr H Hx. pose proof (nonzero K _ Hx) as N. destruct (le_total K x k) as [L|L].
    - right. apply le_sub. replace (0 - (1 - k / x)) with ((k - x) / x) by (field; exact N).
      apply over_nonneg; [|exact Hx]. now apply (proj1 (le_sub _ _ _)).
    - left. apply le_sub. replace (0 - (d - rho * x)) with ((k * rho - d) + rho * (x - k)) by ring.
      apply plus_nonneg; [now apply (proj1 (le_sub _ _ _))|]. apply times_nonneg; [exact Hr|]. now apply (proj1 (le_sub _ _ _)).
  Qed.
End Loss.
