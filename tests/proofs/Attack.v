(** What a push of the price costs, and why no push beyond a first one pays. Spec: D27, T12. *)

From Coq Require Import ZArith List Field Ring Field_theory Ring_theory InitialRing.
From Damper Require Import Ordered.
Import ListNotations.

Section Attack.
  Variable K : ordered_field.
  Add Field K_field_attack : (is_field K).
  Local Open Scope field_scope.

  Lemma plus_positive (a b : K) : 0 < a -> 0 <= b -> 0 < a + b.
  Proof.
    intros [A N] B. split; [now apply plus_nonneg|]. intros E. apply N. apply le_antisym; [exact A|].
    apply le_sub. replace (0 - a) with (b - (a + b)) by ring. rewrite <- E. replace (b - 0) with b by ring. exact B.
  Qed.

  Lemma times_positive (a b : K) : 0 < a -> 0 < b -> 0 < a * b.
  Proof.
    intros Ha Hb. split; [apply times_nonneg; [apply Ha | apply Hb]|]. intros E.
    apply (nonzero K b Hb). replace b with (a * b / a) by (field; now apply nonzero). rewrite <- E. field. now apply nonzero.
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

  (** The pool behind it: its product is kept, and the price is what the quotient of its sides says. *)
  Theorem T12_i_pool : forall x P s, 0 < x -> 0 < s ->
    (x + sold x s) * (x * P - proceeds x P s) = x * (x * P) /\ (x * P - proceeds x P s) / (x + sold x s) = P * (s * s).
  Proof.
    intros x P s Hx Hs. pose proof (nonzero K x Hx). pose proof (nonzero K s Hs). unfold sold, proceeds.
    split; [field; assumption|]. replace (x + (x / s - x)) with (x / s) by ring. field. auto.
  Qed.

  Lemma one_and (g : K) : 0 <= g -> 0 < 1 + g.
  Proof.
    intros Hg. apply plus_positive; [|exact Hg]. split; [apply one_nonneg|]. intros E. apply (one_neq_zero K). now symmetry.
  Qed.

  (** T12 (i), a grid, for a fall: what is bid for at [P / (1 + g)] or less loses [g / (1 + g)] of [P] an atom, or more. A trade
      is its quantity, its price and its [g]. *)
  Theorem T12_i_grid_fall : forall P (trades : list (K * K * K)),
    Forall (fun t : K * K * K => let '(q, p, g) := t in 0 <= q /\ 0 <= g /\ p * (1 + g) <= P) trades ->
    fold_right (fun (t : K * K * K) sum => let '(q, p, g) := t in q * P * (g / (1 + g)) + sum) 0 trades
      <= fold_right (fun (t : K * K * K) sum => let '(q, p, g) := t in q * (P - p) + sum) 0 trades.
  Proof.
    intros P trades H. induction H as [|[[q p] g] trades (Hq & Hg & Hp) _ IH]; simpl; [apply le_refl|].
    apply plus_le2; [|exact IH]. pose proof (one_and g Hg) as G. pose proof (nonzero K _ G) as N.
    replace (q * P * (g / (1 + g))) with (q * (P * (g / (1 + g)))) by ring. apply times_le_l; [exact Hq|].
    apply (cancel_le K) with (1 + g); [exact G|].
    replace ((1 + g) * (P * (g / (1 + g)))) with (P * g) by (field; exact N).
    apply (proj1 (le_sub _ _ _)) in Hp. apply le_sub.
    replace ((1 + g) * (P - p) - P * g) with (P - p * (1 + g)) by ring. exact Hp.
  Qed.

  (** And for a rise: what is asked for at [P (1 + g)] or more loses [g] of [P]. *)
  Theorem T12_i_grid_rise : forall P (trades : list (K * K * K)),
    Forall (fun t : K * K * K => let '(q, p, g) := t in 0 <= q /\ P * (1 + g) <= p) trades ->
    fold_right (fun (t : K * K * K) sum => let '(q, p, g) := t in q * P * g + sum) 0 trades
      <= fold_right (fun (t : K * K * K) sum => let '(q, p, g) := t in q * (p - P) + sum) 0 trades.
  Proof.
    intros P trades H. induction H as [|[[q p] g] trades [Hq Hp] _ IH]; simpl; [apply le_refl|].
    apply plus_le2; [|exact IH]. replace (q * P * g) with (q * (P * g)) by ring. apply times_le_l; [exact Hq|].
    apply (proj1 (le_sub _ _ _)) in Hp. apply le_sub. replace (p - P - P * g) with (p - P * (1 + g)) by ring. exact Hp.
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
    pose proof (nonzero K _ Hs) as N. pose proof (nonzero K _ Hs') as N'.
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
    in_proportion S -> in_proportion c -> (forall d, 0 <= d -> 0 <= S d) -> (forall d, 0 <= d -> 0 <= c d) ->
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
      apply times_le2; [| exact A | | exact B]; apply times_nonneg; auto. }
    apply le_trans with (cost x P s * (d' * d')).
    { replace (S d * d' * (c d * d')) with (d' * d' * (S d * c d)) by ring.
      replace (cost x P s * (d' * d')) with (d' * d' * cost x P s) by ring. apply times_le_l; [apply square_nonneg | exact H]. }
    replace (d * d * cost x P s') with (cost x P s' * (d * d)) by ring. exact C.
  Qed.

  (** The same with what D27 says: what is sold is the lesser of a reach [R] and of what the ledger charges for, by [b + h d] or
      [b + h], each on the depth [x' P / 2]; an atom collects [1 - rho (1 - d) + reward]. *)
  Theorem T12_iii_D27 : forall x x' P R A b h most rho reward S s s',
    0 <= x * P -> 0 <= x' * P / (1 + 1) -> 0 <= R -> 0 <= b -> 0 <= h -> 0 <= most -> 0 <= rho -> 0 <= 1 - rho + reward ->
    (forall d, A d <= b + h * d /\ A d <= most /\ (A d = b + h * d \/ A d = most)) ->
    (forall d, S d <= R /\ S d <= x' * P / (1 + 1) * A d /\ (S d = R \/ S d = x' * P / (1 + 1) * A d)) ->
    0 < s' -> s' <= s -> 0 < 1 - s * s ->
    let collected := fun d => S d * (1 - rho * (1 - d) + reward) in
    collected (1 - s * s) <= cost x P s -> collected (1 - s' * s') <= cost x P s'.
  Proof.
    intros x x' P R A b h most rho reward S s s' HxP Hx' HR Hb Hh Hm Hrho Hc HA HS Hs' Hss Hd collected H.
    set (v := x' * P / (1 + 1)) in *. clearbody v.
    assert (Const : forall y : K, 0 <= y -> in_proportion (fun _ => y)).
    { intros y Hy d d' _ Hdd. now apply times_le_l. }
    assert (PA : in_proportion A).
    { apply (lesser_in_proportion (fun d => b + h * d) (fun _ => most)); auto. now apply linear_in_proportion. }
    assert (PvA : in_proportion (fun d => v * A d)).
    { intros d d' H0 Hdd. replace (v * A d' * d) with (v * (A d' * d)) by ring.
      replace (v * A d * d') with (v * (A d * d')) by ring. apply times_le_l; auto. }
    assert (PS : in_proportion S) by (apply (lesser_in_proportion (fun _ => R) (fun d => v * A d)); auto).
    assert (A0 : forall d, 0 <= d -> 0 <= A d).
    { intros d D. destruct (HA d) as (_ & _ & [->| ->]); [|exact Hm]. apply plus_nonneg; [exact Hb | now apply times_nonneg]. }
    assert (S0 : forall d, 0 <= d -> 0 <= S d).
    { intros d D. destruct (HS d) as (_ & _ & [->| ->]); [exact HR|]. apply times_nonneg; auto. }
    unfold collected in *.
    apply (T12_iii_constant_product x P S (fun d => 1 - rho * (1 - d) + reward) s s'); auto.
    - intros d d' H0 Hdd. pose proof (linear_in_proportion (1 - rho + reward) rho Hc d d' H0 Hdd) as L. cbv beta in L |- *.
      replace (1 - rho * (1 - d') + reward) with (1 - rho + reward + rho * d') by ring.
      replace (1 - rho * (1 - d) + reward) with (1 - rho + reward + rho * d) by ring. exact L.
    - intros d D. replace (1 - rho * (1 - d) + reward) with (1 - rho + reward + rho * d) by ring.
      apply plus_nonneg; [exact Hc | now apply times_nonneg].
  Qed.
End Attack.
