(** Ordered fields, the whole numbers in them, and what is used of a logarithm.

    The theorems over log-prices are stated for every ordered field [K]. The real numbers are one; the rational numbers
    are another (Rational.v). Nothing is assumed: the laws are fields of the record, that is, premises of every
    theorem. *)

From Coq Require Import ZArith Lia Ring Field Field_theory Ring_theory InitialRing.
Local Open Scope Z_scope.

Record ordered_field : Type := mk_field {
  carrier :> Type;
  zero : carrier;
  one : carrier;
  plus : carrier -> carrier -> carrier;
  times : carrier -> carrier -> carrier;
  minus : carrier -> carrier -> carrier;
  opp : carrier -> carrier;
  div : carrier -> carrier -> carrier;
  inv : carrier -> carrier;
  le : carrier -> carrier -> Prop;
  is_field : field_theory zero one plus times minus opp div inv (@eq carrier);
  le_refl : forall x, le x x;
  le_trans : forall x y z, le x y -> le y z -> le x z;
  le_antisym : forall x y, le x y -> le y x -> x = y;
  le_total : forall x y, le x y \/ le y x;
  plus_le : forall x y z, le x y -> le (plus x z) (plus y z);
  times_nonneg : forall x y, le zero x -> le zero y -> le zero (times x y)
}.

Declare Scope field_scope.
Delimit Scope field_scope with F.
Bind Scope field_scope with carrier.
Arguments zero {o}. Arguments one {o}.
Arguments plus {o} _%F _%F. Arguments times {o} _%F _%F. Arguments minus {o} _%F _%F. Arguments opp {o} _%F.
Arguments div {o} _%F _%F. Arguments inv {o} _%F. Arguments le {o} _%F _%F.
Notation "0" := zero : field_scope.
Notation "1" := one : field_scope.
Infix "+" := plus : field_scope.
Infix "*" := times : field_scope.
Infix "-" := minus : field_scope.
Infix "/" := div : field_scope.
Notation "- x" := (opp x) : field_scope.
Infix "<=" := le : field_scope.
Notation "x < y" := (x <= y /\ x <> y)%F : field_scope.

Section Laws.
  Variable K : ordered_field.
  Implicit Types a b c d x y z : K.
  Local Open Scope field_scope.
  Add Field K_field : (is_field K).

  Lemma one_neq_zero : (1 : K) <> 0.
  Proof. exact (F_1_neq_0 (is_field K)). Qed.

  Lemma le_sub a b : a <= b <-> 0 <= b - a.
  Proof.
    split; intros H.
    - replace 0 with (a + - a) by ring. replace (b - a) with (b + - a) by ring. now apply plus_le.
    - replace a with (0 + a) by ring. replace b with (b - a + a) by ring. now apply plus_le.
  Qed.

  Lemma plus_nonneg a b : 0 <= a -> 0 <= b -> 0 <= a + b.
  Proof.
    intros Ha Hb. apply le_trans with b; [exact Hb|]. replace b with (0 + b) at 1 by ring. now apply plus_le.
  Qed.

  Lemma plus_le2 a b c d : a <= b -> c <= d -> a + c <= b + d.
  Proof.
    intros H G. apply (proj1 (le_sub a b)) in H. apply (proj1 (le_sub c d)) in G.
    apply le_sub. replace (b + d - (a + c)) with ((b - a) + (d - c)) by ring. now apply plus_nonneg.
  Qed.

  Lemma times_le_l a b c : 0 <= a -> b <= c -> a * b <= a * c.
  Proof.
    intros H G. apply (proj1 (le_sub b c)) in G. apply le_sub.
    replace (a * c - a * b) with (a * (c - b)) by ring. now apply times_nonneg.
  Qed.

  Lemma times_le2 a b c d : 0 <= a -> a <= b -> 0 <= c -> c <= d -> a * c <= b * d.
  Proof.
    intros Ha Hab Hc Hcd. apply le_trans with (a * d); [now apply times_le_l|].
    replace (a * d) with (d * a) by ring. replace (b * d) with (d * b) by ring.
    apply times_le_l; [apply le_trans with c|]; assumption.
  Qed.

  Lemma square_nonneg a : 0 <= a * a.
  Proof.
    destruct (le_total K 0 a) as [H|H].
    - now apply times_nonneg.
    - apply (proj1 (le_sub a 0)) in H. replace (a * a) with ((0 - a) * (0 - a)) by ring. now apply times_nonneg.
  Qed.

  Lemma one_nonneg : (0 : K) <= 1.
  Proof. replace (@one K) with (@one K * @one K) by ring. apply square_nonneg. Qed.

  Lemma nonzero a : 0 < a -> a <> 0.
  Proof. intros [_ N] E. apply N. now symmetry. Qed.

  Lemma inv_nonneg a : 0 < a -> 0 <= inv a.
  Proof.
    intros [Ha N]. destruct (le_total K 0 (inv a)) as [H|H]; [exact H|exfalso].
    apply (proj1 (le_sub _ _)) in H. apply one_neq_zero.
    apply le_antisym; [|apply one_nonneg]. apply le_sub.
    replace (@zero K - 1) with (a * (0 - inv a)); [now apply times_nonneg|]. field. intro E. apply N. now symmetry.
  Qed.

  (** Division by what is above zero. *)
  Lemma le_div a b c : 0 < c -> a * c <= b -> a <= b / c.
  Proof.
    intros Hc H. pose proof (inv_nonneg c Hc) as I. destruct Hc as [_ N].
    replace a with (inv c * (a * c)) by (field; intro E; apply N; now symmetry).
    replace (b / c) with (inv c * b) by (field; intro E; apply N; now symmetry).
    now apply times_le_l.
  Qed.

  Lemma cancel_le a b c : 0 < c -> c * a <= c * b -> a <= b.
  Proof.
    intros Hc H. replace b with (c * b / c). { apply le_div; auto. replace (a * c) with (c * a) by ring. exact H. }
    destruct Hc as [_ N]. field. intro E. apply N. now symmetry.
  Qed.

  (** ** Whole numbers *)

  Definition of_Z (z : Z) : K := gen_phiZ 0 1 plus times opp z.

  Lemma of_Z_morph : ring_morph 0 1 plus times minus opp (@eq K)
                       0%Z 1%Z Z.add Z.mul Z.sub Z.opp Zeq_bool of_Z.
  Proof.
    apply gen_phiZ_morph.
    - apply Eqsth.
    - constructor; congruence.
    - exact (F_R (is_field K)).
  Qed.

  Lemma of_Z_0 : of_Z 0 = 0. Proof. exact (morph0 of_Z_morph). Qed.
  Lemma of_Z_1 : of_Z 1 = 1. Proof. exact (morph1 of_Z_morph). Qed.
  Lemma of_Z_plus (a b : Z) : of_Z (a + b)%Z = of_Z a + of_Z b. Proof. exact (morph_add of_Z_morph a b). Qed.
  Lemma of_Z_times (a b : Z) : of_Z (a * b)%Z = of_Z a * of_Z b. Proof. exact (morph_mul of_Z_morph a b). Qed.
  Lemma of_Z_minus (a b : Z) : of_Z (a - b)%Z = of_Z a - of_Z b. Proof. exact (morph_sub of_Z_morph a b). Qed.

  Lemma of_Z_nonneg (a : Z) : (0 <= a)%Z -> 0 <= of_Z a.
  Proof.
    intros H. revert a H. apply natlike_ind.
    - rewrite of_Z_0. apply le_refl.
    - intros x Hx IH. replace (Z.succ x) with (x + 1)%Z by lia. rewrite of_Z_plus, of_Z_1.
      apply plus_nonneg; [exact IH | apply one_nonneg].
  Qed.

  Lemma of_Z_le (a b : Z) : (a <= b)%Z -> of_Z a <= of_Z b.
  Proof. intros H. apply le_sub. rewrite <- of_Z_minus. apply of_Z_nonneg. lia. Qed.

  Lemma of_Z_pos (a : Z) : (0 < a)%Z -> 0 < of_Z a.
  Proof.
    intros H. split; [apply of_Z_nonneg; lia|]. intros E. apply one_neq_zero. apply le_antisym; [|apply one_nonneg].
    apply le_trans with (of_Z a); [rewrite <- of_Z_1; apply of_Z_le; lia | rewrite <- E; apply le_refl].
  Qed.

  (** ** Logarithms

      [log] takes the value of a price in its smallest steps, a whole number above zero. Of the logarithm one inequality
      is used, [y (log y - log x) >= y - x], which is [ln (y/x) >= 1 - x/y]. With [x] and [y] exchanged it is [ln (y/x)
      <= y/x - 1]: the one inequality is both of section 1 of SPEC.md. *)
  Definition log_like (log : Z -> K) : Prop :=
    forall x y : Z, (0 < x)%Z -> (0 < y)%Z -> of_Z (y - x)%Z <= of_Z y * (log y - log x).

  Variable log : Z -> K.
  Hypothesis Hlog : log_like log.

  Lemma log_mono (x y : Z) : (0 < x)%Z -> (x <= y)%Z -> log x <= log y.
  Proof.
    intros Hx Hxy. apply le_sub. apply cancel_le with (of_Z y); [apply of_Z_pos; lia|].
    apply le_trans with (of_Z (y - x)); [|apply Hlog; lia].
    replace (of_Z y * 0) with (@zero K) by ring. apply of_Z_nonneg. lia.
  Qed.

  (** A charge over-states the move that it pays for: [x (log y - log x) <= y - x]. *)
  Lemma log_charge (x y : Z) : (0 < x)%Z -> (0 < y)%Z -> of_Z x * (log y - log x) <= of_Z (y - x)%Z.
  Proof.
    intros Hx Hy. pose proof (Hlog y x Hy Hx) as H. apply le_sub. apply (proj1 (le_sub _ _)) in H.
    rewrite of_Z_minus in *. replace (of_Z y - of_Z x - of_Z x * (log y - log x))
      with (of_Z x * (log x - log y) - (of_Z x - of_Z y)) by ring. exact H.
  Qed.
End Laws.
