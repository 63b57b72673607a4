(** What a push of the price costs, and why no push beyond a first one pays. Spec: D27, T12. *)

From Coq Require Import ZArith List Field Ring Field_theory Ring_theory InitialRing.
From Damper Require Import Ordered.
Import ListNotations.

Section Attack.
  Variable K : ordered_field.
  Add Field K_field_attack : (is_field K).
  Local Open Scope field_scope.

  Lemma nonzero (a : K) : 0 < a -> a <> 0.
  Proof. intros [_ N] E. apply N. now symmetry. Qed.

  Lemma plus_positive (a b : K) : 0 < a -> 0 <= b -> 0 < a + b.
  Proof.
    intros [A N] B. split; [now apply plus_nonneg|]. intros E. apply N. apply le_antisym; [exact A|].
    apply le_sub. replace (0 - a) with (b - (a + b)) by ring. rewrite <- E. replace (b - 0) with b by ring. exact B.
  Qed.

  Lemma times_positive (a b : K) : 0 < a -> 0 < b -> 0 < a * b.
  Proof.
    intros Ha Hb. split; [apply times_nonneg; [apply Ha | apply Hb]|]. intros E.
    apply (nonzero b Hb). replace b with (a * b / a) by (field; now apply nonzero). rewrite <- E. field. now apply nonzero.
  Qed.

  (** On a constant product of reserve [x] the price [P] is pushed to [P s^2]: [x / s - x] is sold into it for [x P - x P s],
      and bought back at [P]. *)
  Definition sold (x s : K) : K := x / s - x.
  Definition proceeds (x P s : K) : K := x * P - x * P * s.
  Definition cost (x P s : K) : K := x * P * ((1 - s) * (1 - s)) / s.

  (** T12 (i), a constant product: what is sold is worth the cost more than it brings; and for a rise, by [s >= 1], what is
      paid is the cost more than what was bought is worth. *)
  Theorem T12_i_constant_product : forall x P s, 0 < s -> sold x s * P - proceeds x P s = cost x P s.
  Proof. intros x P s Hs. unfold sold, proceeds, cost. field. now apply nonzero. Qed.

  (** T12 (i), a grid. What is bid for in an interval is sold at prices that lose at least [loss P] an atom. *)
  Theorem T12_i_grid : forall P (trades : list (K * K * K)),
    Forall (fun t : K * K * K => let '(quantity, price, loss) := t in 0 <= quantity /\ price <= P * (1 - loss)) trades ->
    fold_right (fun (t : K * K * K) sum => let '(quantity, price, loss) := t in quantity * P * loss + sum) 0 trades
      <= fold_right (fun (t : K * K * K) sum => let '(quantity, price, loss) := t in quantity * (P - price) + sum) 0 trades.
  Proof.
    intros P trades H. induction H as [|[[quantity price] loss] trades [Hq Hp] _ IH]; simpl; [apply le_refl|].
    apply plus_le2; [|exact IH]. replace (quantity * P * loss) with (quantity * (P * loss)) by ring.
    apply times_le_l; [exact Hq|]. apply (proj1 (le_sub _ _ _)) in Hp. apply le_sub.
    replace (P - price - P * loss) with (P * (1 - loss) - price) by ring. exact Hp.
  Qed.

  (** What grows by no more than in proportion to the push. *)
  Definition in_proportion (f : K -> K) : Prop := forall d d', 0 < d -> d <= d' -> f d' * d <= f d * d'.

  Lemma linear_in_proportion a b : 0 <= a -> in_proportion (fun d => a + b * d).
  Proof.
    intros Ha d d' _ Hd. apply le_sub. apply (proj1 (le_sub _ _ _)) in Hd.
    replace ((a + b * d) * d' - (a + b * d') * d) with (a * (d' - d)) by ring. now apply times_nonneg.
  Qed.

  Lemma lesser_in_proportion f g h : in_proportion f -> in_proportion g ->
    (forall d, h d <= f d /\ h d <= g d /\ (h d = f d \/ h d = g d)) -> in_proportion h.
  Proof.
    intros F G H d d' Hd Hdd. pose proof (proj1 Hd) as D.
    destruct (H d) as (_ & _ & [E|E]); rewrite E; destruct (H d') as (L1 & L2 & _).
    - eapply le_trans; [|apply (F d d'); auto]. replace (h d' * d) with (d * h d') by ring.
      replace (f d' * d) with (d * f d') by ring. now apply times_le_l.
    - eapply le_trans; [|apply (G d d'); auto]. replace (h d' * d) with (d * h d') by ring.
      replace (g d' * d) with (d * g d') by ring. now apply times_le_l.
  Qed.

  (** [C / d^2], the cost over the square of the fall [1 - s^2], does not fall as the push grows. *)
  Lemma cost_over_square x P s s' : 0 <= x * P -> 0 < s' -> s' <= s ->
    cost x P s * ((1 - s' * s') * (1 - s' * s')) <= cost x P s' * ((1 - s * s) * (1 - s * s)).
  Proof.
    intros HxP Hs' Hss. assert (Hs : 0 < s).
    { replace s with (s' + (s - s')) by ring. apply plus_positive; [exact Hs'|]. now apply (proj1 (le_sub _ _ _)). }
    unfold cost. apply (cancel_le K) with (s * s'); [now apply times_positive|].
    pose proof (nonzero _ Hs) as N. pose proof (nonzero _ Hs') as N'.
    replace (s * s' * (x * P * ((1 - s) * (1 - s)) / s * ((1 - s' * s') * (1 - s' * s'))))
      with (x * P * ((1 - s) * (1 - s) * ((1 - s') * (1 - s'))) * (s' * ((1 + s') * (1 + s')))) by (field; exact N).
    replace (s * s' * (x * P * ((1 - s') * (1 - s')) / s' * ((1 - s * s) * (1 - s * s))))
      with (x * P * ((1 - s) * (1 - s) * ((1 - s') * (1 - s'))) * (s * ((1 + s) * (1 + s)))) by (field; exact N').
    apply times_le_l.
    - apply times_nonneg; [exact HxP|]. apply times_nonneg; apply square_nonneg.
    - assert (P1 : 0 <= 1 + s') by (apply plus_nonneg; [apply one_nonneg | apply Hs']).
      assert (P2 : 1 + s' <= 1 + s) by (apply plus_le2; [apply le_refl | exact Hss]).
      apply times_le2; [apply Hs' | exact Hss | now apply times_nonneg|]. now apply times_le2.
  Qed.

  (** T12 (iii), a constant product. Within an entry of the reach, with what is sold, [S], and what an atom of it collects, [c],
      both growing by no more than in proportion to the push: if the first push of it, to [s], does not pay, no larger one
      does, to [s']. *)
  Theorem T12_iii_constant_product : forall x P S c s s', 0 <= x * P ->
    in_proportion S -> in_proportion c -> (forall d, 0 <= S d) -> (forall d, 0 <= c d) ->
    0 < s' -> s' <= s -> 0 < 1 - s * s ->
    S (1 - s * s) * c (1 - s * s) <= cost x P s ->
    S (1 - s' * s') * c (1 - s' * s') <= cost x P s'.
  Proof.
    intros x P S c s s' HxP HS Hc S0 c0 Hs' Hss Hd H.
    set (d := 1 - s * s) in *. set (d' := 1 - s' * s') in *.
    assert (Dd : d <= d').
    { unfold d, d'. apply le_sub. replace (1 - s' * s' - (1 - s * s)) with (s * s - s' * s') by ring.
      apply (proj1 (le_sub _ _ _)). apply times_le2; [apply Hs' | exact Hss | apply Hs' | exact Hss]. }
    pose proof (HS d d' Hd Dd) as A. pose proof (Hc d d' Hd Dd) as B.
    pose proof (cost_over_square x P s s' HxP Hs' Hss) as C. fold d d' in C.
    pose proof (proj1 Hd) as D0. assert (D0' : 0 <= d') by (eapply le_trans; eauto).
    apply (cancel_le K) with (d * d); [now apply times_positive|].
    apply le_trans with (S d * d' * (c d * d')).
    { replace (d * d * (S d' * c d')) with (S d' * d * (c d' * d)) by ring.
      apply times_le2; auto; now apply times_nonneg. }
    apply le_trans with (cost x P s * (d' * d')).
    { replace (S d * d' * (c d * d')) with (d' * d' * (S d * c d)) by ring.
      replace (cost x P s * (d' * d')) with (d' * d' * cost x P s) by ring. apply times_le_l; [apply square_nonneg | exact H]. }
    replace (d * d * cost x P s') with (cost x P s' * (d * d)) by ring. exact C.
  Qed.
End Attack.
