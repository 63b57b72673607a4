(** Hedgers: the floor of an insured fund, and its loop gain. Spec: T5 (i), (ii), (iii).

    Prices are their values in the smallest step, amounts are base atoms, wealth and cash are in quote atoms times that
    step: all whole numbers. The multiplier [m] and the bound [b] are of an ordered field [K]. *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered TheoremA Compose.
Import ListNotations.
Local Open Scope Z_scope.

(** Sales after the last purchase: each pair is an amount and the price that it brought. *)
Fixpoint sold (sales : list (Z * Z)) : Z := match sales with [] => 0 | (q, _) :: r => q + sold r end.
Fixpoint proceeds (sales : list (Z * Z)) : Z := match sales with [] => 0 | (q, p) :: r => q * p + proceeds r end.

(** What is held and what was sold is worth no less than all of it at the lowest price. *)
Lemma worth_at_least (lowest price q : Z) (sales : list (Z * Z)) :
  Forall (fun s => 0 <= fst s /\ lowest <= snd s) sales -> sold sales <= q -> lowest <= price ->
  q * lowest <= proceeds sales + (q - sold sales) * price.
Proof.
  intros H Hq Hp. assert (A : sold sales * lowest <= proceeds sales).
  { clear Hq. induction H as [|[x p] r [Hx Hl] Hr IH]; simpl in *; [lia|]. nia. }
  nia.
Qed.

Section Floor.
  Variable K : ordered_field.
  Add Field K_field_floor : (is_field K).
  Notation of_Z := (of_Z K).
  Local Open Scope field_scope.

  (** A sharper inequality of the logarithm, [ln (y/x) >= 2 (y - x) / (y + x)] for [y >= x]. *)
  Definition log_sharp (log : Z -> K) : Prop :=
    forall x y : Z, (0 < x)%Z -> (x <= y)%Z -> of_Z (2 * (y - x))%Z <= of_Z (y + x)%Z * (log y - log x).

  (** From a multiplier within its limit, [m <= max(1, 1/b + 1/2)], and a log-price that falls by at most [b] from [p0]
      to [p], the fall takes no more than the cushion: [m (p0 - p) <= p0]. *)
  Lemma multiplier_bears_the_fall (log : Z -> K) (p p0 : Z) (m b : K) :
    log_sharp log -> (0 < p)%Z -> (p <= p0)%Z -> 0 < b -> 0 <= m ->
    log p0 - log p <= b -> (m <= 1 \/ m <= 1 / b + 1 / (1 + 1)) ->
    m * of_Z (p0 - p)%Z <= of_Z p0.
  Proof.
    intros Hlog Hp Hle Hb Hm Hfall [H1|H2].
    - apply le_trans with (1 * of_Z (p0 - p)%Z).
      + apply times_le2; [exact Hm | exact H1 | apply of_Z_nonneg; lia | apply le_refl].
      + replace (1 * of_Z (p0 - p)%Z) with (of_Z (p0 - p)%Z) by ring. apply of_Z_le. lia.
    - pose proof (Hlog p p0 Hp Hle) as L.
      assert (Hs : 0 <= of_Z (p0 + p)%Z) by (apply of_Z_nonneg; lia).
      assert (G : of_Z (2 * (p0 - p))%Z <= of_Z (p0 + p)%Z * b).
      { eapply le_trans; [exact L|]. now apply times_le_l. }
      assert (two : of_Z 2 = 1 + 1) by (change 2%Z with (1 + 1)%Z; rewrite of_Z_plus, of_Z_1; reflexivity).
      assert (P2 : 0 < (1 + 1 : K)) by (rewrite <- two; apply of_Z_pos; lia).
      assert (N2 : (1 + 1 : K) <> 0) by (intros E0; destruct P2 as [_ N]; apply N; now symmetry).
      assert (Nb : b <> 0) by (intros E0; destruct Hb as [_ N]; apply N; now symmetry).
      rewrite of_Z_times, two, of_Z_minus in G. rewrite of_Z_plus in G.
      assert (D : 0 <= of_Z p0 - of_Z p) by (rewrite <- of_Z_minus; apply of_Z_nonneg; lia).
      rewrite of_Z_minus. apply le_trans with ((1 / b + 1 / (1 + 1)) * (of_Z p0 - of_Z p)).
      + apply times_le2; [exact Hm | exact H2 | exact D | apply le_refl].
      + apply (cancel_le K) with ((1 + 1) * b).
        * split; [apply times_nonneg; [apply P2 | apply Hb]|]. intros E0. apply Nb.
          replace b with ((1 + 1) * b / (1 + 1)) by (field; exact N2). rewrite <- E0. field. exact N2.
        * replace ((1 + 1) * b * ((1 / b + 1 / (1 + 1)) * (of_Z p0 - of_Z p)))
            with ((1 + 1) * (of_Z p0 - of_Z p) + b * (of_Z p0 - of_Z p)) by (field; auto).
          replace ((1 + 1) * b * of_Z p0) with ((of_Z p0 + of_Z p) * b + b * (of_Z p0 - of_Z p)) by ring.
          apply plus_le2; [exact G | apply le_refl].
  Qed.

  (** T5 (i), floor. [q0] and [cash] are what the fund holds after its last purchase, or at the start, when the low side
      was [p0]; [floor] its floor. (H2) Exposure is at most [m] times the cushion, which is not negative. (H3) Since
      then it has only sold, at or above the lowest true price [lowest]. (H1) The log-price fell by at most [b] from
      [p0] to [lowest]. (H4) [m <= max(1, 1/b + 1/2)]. Then wealth at every true price since is at least the floor,
      whatever was sold or deferred. *)
  Theorem T5_floor :
    forall (log : Z -> K) (m b : K) (floor cash q0 p0 lowest price : Z) (sales : list (Z * Z)),
    log_sharp log -> 0 < b -> 0 <= m ->
    (0 < lowest)%Z -> (lowest <= price)%Z -> (0 <= q0)%Z -> (sold sales <= q0)%Z ->
    (* H2 *) (0 <= q0 * p0 + cash - floor)%Z -> of_Z (q0 * p0)%Z <= m * of_Z (q0 * p0 + cash - floor)%Z ->
    (* H3 *) Forall (fun s => (0 <= fst s)%Z /\ (lowest <= snd s)%Z) sales ->
    (* H1 *) (lowest <= p0)%Z -> log p0 - log lowest <= b ->
    (* H4 *) (m <= 1 \/ m <= 1 / b + 1 / (1 + 1)) ->
    (floor <= cash + proceeds sales + (q0 - sold sales) * price)%Z.
  Proof.
    intros log m b floor cash q0 p0 lowest price sales Hlog Hb Hm Hl Hlp Hq Hsold HC HE HS Hp0 Hfall Hmult.
    pose proof (multiplier_bears_the_fall log lowest p0 m b Hlog Hl Hp0 Hb Hm Hfall Hmult) as M.
    pose proof (worth_at_least lowest price q0 sales HS Hsold Hlp) as W.
    (* q0 p0 (p0 - lowest) <= (cushion) p0 *)
    assert (A : (q0 * p0 * (p0 - lowest) <= (q0 * p0 + cash - floor) * p0)%Z).
    { set (C := (q0 * p0 + cash - floor)%Z) in *. set (d := (p0 - lowest)%Z) in *.
      assert (F : of_Z (q0 * p0 * d)%Z <= of_Z (C * p0)%Z).
      { rewrite (of_Z_times K (q0 * p0) d), (of_Z_times K C p0).
        apply le_trans with (m * of_Z C * of_Z d).
        - apply times_le2; [apply of_Z_nonneg; nia | exact HE | apply of_Z_nonneg; unfold d; lia | apply le_refl].
        - replace (m * of_Z C * of_Z d) with (of_Z C * (m * of_Z d)) by ring.
          apply times_le_l; [now apply of_Z_nonneg | exact M]. }
      destruct (Z_le_gt_dec (q0 * p0 * d) (C * p0)) as [L|L]; [exact L|exfalso].
      pose proof (of_Z_pos K (q0 * p0 * d - C * p0)%Z ltac:(lia)) as [Q N]. apply N.
      rewrite of_Z_minus in *. apply le_antisym; [exact Q|].
      apply le_sub. apply (proj1 (le_sub _ _ _)) in F.
      replace (0 - (of_Z (q0 * p0 * d)%Z - of_Z (C * p0)%Z)) with (of_Z (C * p0)%Z - of_Z (q0 * p0 * d)%Z) by ring.
        exact F. }
    assert (B : (q0 * (p0 - lowest) <= q0 * p0 + cash - floor)%Z).
    { apply Z.mul_le_mono_pos_r with p0; [lia|]. lia. }
    lia.
  Qed.

  (** ** T5 (ii): loop gain *)

  (** The fund's holding [q], its cushion [c] (with its sign) and the sum of its sales, as the price falls from [p]: a
      step takes the price to [p'], then sells what is worth [v], at most the surplus [q p' - m c'] and nothing if there
      is none. *)
  Inductive falls (m : K) : K -> K -> K -> K -> K -> K -> K -> K -> Prop :=
  | falls_none q c p s : falls m q c p s q c p s
  | falls_step q c p s p' v q1 c1 p1 s1 :
      0 < p' -> p' <= p ->
      let c' := c - q * (p - p') in
      0 <= v -> (v = 0 \/ v <= q * p' - m * c') ->
      falls m (q - v / p') c' p' (s + v) q1 c1 p1 s1 ->
      falls m q c p s q1 c1 p1 s1.

  (** T5 (ii). If the exposure is at most [m] times the cushion at the start, a fall in any steps from [p] to [p1] makes
      the fund sell what is worth at most [(m - 1) q (p - p1)]: [(m - 1) E D], whatever is deferred. *)
  Theorem T5_loop_gain : forall (m q c p q1 c1 p1 s1 : K),
    1 <= m -> 0 <= q -> q * p - m * c <= 0 ->
    falls m q c p 0 q1 c1 p1 s1 ->
    s1 <= (m - 1) * q * (p - p1).
  Proof.
    intros m q c p q1 c1 p1 s1 Hm Hq HE F.
    assert (Hm1 : 0 <= m - 1) by now apply (proj1 (le_sub _ _ _)).
    assert (Gen : forall q' c' p' s q1 c1 p1 s1, falls m q' c' p' s q1 c1 p1 s1 ->
      q' <= q -> s <= (m - 1) * q * (p - p') -> s + (q' * p' - m * c') <= (m - 1) * q * (p - p') ->
      s1 <= (m - 1) * q * (p - p1)).
    { clear q1 c1 p1 s1 F. intros q' c' p' s q1 c1 p1 s1 F.
      induction F as [q' c' p' s|q' c' p' s p2 v q1 c1 p1 s1 Hpos Hle c2 Hv Hsale F IH]; intros Hq' Hs HS; [exact Hs|].
      assert (N : p2 <> 0) by (intros E0; destruct Hpos as [_ N]; apply N; now symmetry).
      assert (D : 0 <= p' - p2) by now apply (proj1 (le_sub _ _ _)).
      (* the step of the price *)
      assert (S1 : s <= (m - 1) * q * (p - p2)).
      { eapply le_trans; [exact Hs|]. apply times_le_l; [now apply times_nonneg|].
        apply le_sub. replace (p - p2 - (p - p')) with (p' - p2) by ring. exact D. }
      assert (S2 : s + (q' * p2 - m * c2) <= (m - 1) * q * (p - p2)).
      { unfold c2. replace (s + (q' * p2 - m * (c' - q' * (p' - p2))))
          with (s + (q' * p' - m * c') + (m - 1) * q' * (p' - p2)) by ring.
        replace ((m - 1) * q * (p - p2)) with ((m - 1) * q * (p - p') + (m - 1) * q * (p' - p2)) by ring.
        apply plus_le2; [exact HS|].
        replace ((m - 1) * q' * (p' - p2)) with ((m - 1) * (p' - p2) * q') by ring.
        replace ((m - 1) * q * (p' - p2)) with ((m - 1) * (p' - p2) * q) by ring.
        apply times_le_l; [now apply times_nonneg | exact Hq']. }
      (* the sale *)
      apply IH.
      - eapply le_trans; [|exact Hq']. apply le_sub. replace (q' - (q' - v / p2)) with (v * inv p2) by (field; exact N).
        apply times_nonneg; [exact Hv | now apply inv_nonneg].
      - destruct Hsale as [->|Hsale].
        + replace (s + 0) with s by ring. exact S1.
        + eapply le_trans; [|exact S2]. apply plus_le2; [apply le_refl | exact Hsale].
      - replace (s + v + ((q' - v / p2) * p2 - m * c2)) with (s + (q' * p2 - m * c2)) by (field; exact N). exact S2. }
    eapply Gen; [exact F | apply le_refl | |].
    - replace ((m - 1) * q * (p - p)) with (@zero K) by ring. apply le_refl.
    - replace (0 + (q * p - m * c)) with (q * p - m * c) by ring.
      replace ((m - 1) * q * (p - p)) with (@zero K) by ring. exact HE.
  Qed.
End Floor.

(** T5 (iii), gamma. What the delta hedge sells down to a fall of [num / den] of the reference, both roundings as the
    crate makes them (the inner on the ratio scale), is at most [gamma num / den]. *)
Theorem T5_gamma : forall gamma num den, 0 <= gamma -> 0 <= num -> 0 < den ->
  gamma * (num * ONE / den) / ONE * den <= gamma * num.
Proof.
  intros gamma num den Hg Hn Hd. pose proof ONE_pos as O.
  pose proof (Z.mul_div_le (num * ONE) den Hd) as A.
  set (d := num * ONE / den) in *.
  pose proof (Z.mul_div_le (gamma * d) ONE O) as B.
  assert (C : ONE * (gamma * d / ONE * den) <= gamma * (num * ONE)) by nia.
  nia.
Qed.
