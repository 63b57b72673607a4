(** The certificate of a sale (SPEC D2, T0), as [src/book.rs] and the charge of [src/depth.rs] compute it. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [Book]: a reserve, or a grid of impacts with the quantity within each. *)
Inductive book :=
| ConstantProduct (reserve : Z)
| Grid (points : list (Z * Z)).

Fixpoint grid_impact (points : list (Z * Z)) (sold : Z) : option Z :=
  match points with
  | [] => None
  | (point, sum) :: points => if sold <? sum then Some point else grid_impact points sold
  end.
(** [Book::impact_ceil] *)
Definition impact_ceil (b : book) (sold : Z) : option Z :=
  if sold =? 0 then Some 0
  else match b with
       | ConstantProduct reserve =>
           let? part := ratio_of_ceil sold reserve in
           let? factor := ratio_add part (2 * ONE) in
           ratio_mul_ceil part factor
       | Grid points => grid_impact points sold
       end.
(** The sum within the last point at or below the limit; zero if there is none. *)
Fixpoint grid_within (points : list (Z * Z)) (limit last : Z) : Z :=
  match points with
  | [] => last
  | (point, sum) :: points => if point <=? limit then grid_within points limit sum else last
  end.
(** [Book::capacity_floor] *)
Definition capacity_floor (b : book) (limit : Z) : Z :=
  match b with
  | ConstantProduct reserve =>
      let part := isqrt_floor ((ONE + limit) * ONE) - ONE in
      match quantity_mul_floor reserve part with Some c => c | None => W128 - 1 end
  | Grid points => excess (grid_within points limit 0) 1
  end.
(** [DepthConfig::charge_ceil] on a book, with [sold] sold before and [paid] charged for it. *)
Definition charge_ceil (b : book) (sold paid sale : Z) : option Z :=
  if sale =? 0 then Some 0
  else let? total := add128 sold sale in let? i := impact_ceil b total in Some (excess i paid).
(** [DepthConfig::largest_sale_floor] *)
Definition largest_sale_floor (b : book) (sold paid limit : Z) : Z :=
  excess (capacity_floor b (Z.min RATIO_MAX (paid + limit))) sold.

(** The examples of the documentation. *)
Example ex_impact :
  capacity_floor (ConstantProduct 1000) (21 * ONE / 100) = 99 /\ capacity_floor (ConstantProduct 1000) (22 * ONE / 100) = 104 /\
  capacity_floor (ConstantProduct 1000) 0 = 0.
Proof. vm_compute. repeat split. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs *)

(** A ladder: impacts rise strictly from above zero, quantities do not fall. *)
Fixpoint rising (last_point last_sum : Z) (points : list (Z * Z)) : Prop :=
  match points with
  | [] => True
  | (point, sum) :: points => last_point < point < W64 /\ last_sum <= sum < W128 /\ rising point sum points
  end.
Definition book_sound (b : book) : Prop :=
  match b with ConstantProduct reserve => 0 <= reserve < W128 | Grid points => rising 0 0 points end.

(** The impact of a constant product, without the limits of the types. *)
Definition part (reserve sold : Z) : Z := cdiv (sold * ONE) reserve.
Definition product_impact (k : Z) : Z := cdiv (k * (k + 2 * ONE)) ONE.

Lemma impact_product : forall x c i, 0 <= x < W128 -> 0 < c < W128 ->
  (impact_ceil (ConstantProduct x) c = Some i <->
   0 < x /\ part x c + 2 * ONE < W64 /\ i = product_impact (part x c) /\ i < W64).
Proof.
  intros x c i Hx Hc. unfold impact_ceil. destruct (Z.eqb_spec c 0); try lia. unfold bind.
  pose proof ONE_pos as OP. assert (2 * ONE < W64) as OW by reflexivity.
  destruct (ratio_of_ceil c x) as [k|] eqn:K.
  - apply ratio_of_ceil_spec in K; try lia. destruct K as (K0 & K1 & K2).
    assert (part x c = k) as -> by (unfold part; apply cdiv_unique; lia).
    unfold ratio_add, fit64. destruct (Z.ltb_spec (k + 2 * ONE) W64).
    + unfold ratio_mul_ceil, fit64. fold (product_impact k). rewrite fit_some. split; intros; intuition lia.
    + split; [discriminate|]. intros (_ & F & _). lia.
  - split; [discriminate|]. intros (F0 & F1 & _ & _). exfalso.
    assert (ratio_of_ceil c x = Some (part x c)) as S; [|congruence].
    apply ratio_of_ceil_spec; try lia. unfold part in *. pose proof (cdiv_spec (c * ONE) x F0). split; [lia|]. split; lia.
Qed.

Lemma product_impact_mono : forall k k', 0 <= k <= k' -> product_impact k <= product_impact k'.
Proof. intros. unfold product_impact. apply cdiv_mono; [apply ONE_pos|]. pose proof ONE_pos. nia. Qed.
Lemma product_impact_ge : forall k, 0 <= k -> 2 * k <= product_impact k.
Proof. intros. unfold product_impact. assert (2 * k - 1 < cdiv (k * (k + 2 * ONE)) ONE); [|lia]. apply lt_cdiv; [apply ONE_pos|]. pose proof ONE_pos. nia. Qed.

(** T0_overstates. SPEC D2, T0: the computed impact of a constant product is at least the exact one:
    [((x + c)/x)^2 - 1 <= i], in the form [(x + c)^2 2^48 <= x^2 (2^48 + i)]. *)
Theorem T0_overstates : forall x c i, 0 <= x < W128 -> 0 < c < W128 -> impact_ceil (ConstantProduct x) c = Some i ->
  (x + c) * (x + c) * ONE <= x * x * (ONE + i).
Proof.
  intros x c i Hx Hc E. apply impact_product in E; auto. destruct E as (X & _ & -> & _). unfold product_impact, part.
  pose proof (cdiv_spec (c * ONE) x X) as [_ K]. set (k := cdiv (c * ONE) x) in *.
  pose proof (cdiv_spec (k * (k + 2 * ONE)) ONE ONE_pos) as [_ I]. set (i := cdiv (k * (k + 2 * ONE)) ONE) in *. clearbody i.
  pose proof ONE_pos as OP. pose proof (cdiv_nonneg (c * ONE) x ltac:(nia) X) as K0. fold k in K0. clearbody k.
  set (o := ONE) in *. clearbody o.
  (* c o <= x k, k (k + 2 o) <= o i; times o: c o (c o + 2 x o) <= x k (x k + 2 x o) = x^2 k (k + 2 o) <= x^2 o i *)
  assert (c * o * (c * o + 2 * x * o) <= x * k * (x * k + 2 * x * o)) by (apply Z.mul_le_mono_nonneg; nia).
  assert (x * x * (k * (k + 2 * o)) <= x * x * (o * i)) by (apply Z.mul_le_mono_nonneg_l; nia).
  apply Zmult_le_reg_r with (p := o); [lia|]. nia.
Qed.

(** T0_monotone. SPEC D2: the impact does not fall when more is sold. *)
Theorem T0_monotone : forall b c c' i i', book_sound b -> 0 <= c <= c' -> c' < W128 ->
  impact_ceil b c = Some i -> impact_ceil b c' = Some i' -> 0 <= i <= i'.
Proof.
  intros b c c' i i' HB Hc HW E E'. destruct b as [x|points].
  - simpl in HB. assert (c = 0 -> i = 0) as CZ. { intros ->. unfold impact_ceil in E. simpl in E. congruence. }
    destruct (Z.eq_dec c' 0) as [->|N]. { assert (c = 0) by lia. unfold impact_ceil in E'. simpl in E'. assert (i' = 0) by congruence. intuition lia. }
    apply impact_product in E'; try lia. destruct E' as (X & _ & -> & _).
    pose proof (cdiv_nonneg (c' * ONE) x ltac:(pose proof ONE_pos; nia) X). fold (part x c') in *.
    destruct (Z.eq_dec c 0) as [Z0|N0].
    + rewrite (CZ Z0). pose proof (product_impact_ge (part x c')). lia.
    + apply impact_product in E; try lia. destruct E as (_ & _ & -> & _).
      pose proof (cdiv_nonneg (c * ONE) x ltac:(pose proof ONE_pos; nia) X). fold (part x c) in *.
      pose proof (product_impact_ge (part x c)). split; [lia|]. apply product_impact_mono. split; auto.
      unfold part. apply cdiv_mono; auto. pose proof ONE_pos. nia.
  - simpl in HB. unfold impact_ceil in *.
    assert (forall l p s x y, rising p s l -> grid_impact l x = Some y -> p < y) as POS.
    { induction l as [|[g q] l]; simpl; intros p s x y R G; try discriminate. destruct R as (R1 & R2 & R3).
      destruct (x <? q); [injection G as <-; lia|]. specialize (IHl g q x y R3 G). lia. }
    assert (forall l p s, rising p s l -> c <= c' -> grid_impact l c = Some i -> grid_impact l c' = Some i' -> i <= i') as MON.
    { induction l as [|[g q] l]; simpl; intros p s R L G G'; try discriminate. destruct R as (R1 & R2 & R3).
      destruct (Z.ltb_spec c q), (Z.ltb_spec c' q); try lia.
      - assert (i = i') by congruence. lia.
      - pose proof (POS l g q c' i' R3 G'). assert (i = g) by congruence. lia.
      - apply (IHl g q); auto. }
    destruct (Z.eqb_spec c 0), (Z.eqb_spec c' 0); try lia.
    + assert (i = 0) by congruence. assert (i' = 0) by congruence. lia.
    + assert (i = 0) by congruence. pose proof (POS points 0 0 c' i' HB E'). lia.
    + pose proof (POS points 0 0 c i HB E). pose proof (MON points 0 0 HB ltac:(lia) E E'). lia.
Qed.

(** The two equivalences of the proof of T0. *)
Lemma part_inverse : forall x c k, 0 < x -> 0 <= k -> (part x c <= k <-> c <= x * k / ONE).
Proof. intros. unfold part. rewrite cdiv_le, le_floor by (auto using ONE_pos). split; intros; lia. Qed.
Lemma root_inverse : forall k l, 0 <= k -> 0 <= l -> (product_impact k <= l <-> k <= isqrt_floor ((ONE + l) * ONE) - ONE).
Proof.
  intros k l Hk Hl. unfold product_impact. pose proof ONE_pos. rewrite cdiv_le by auto.
  destruct (K_isqrt_floor ((ONE + l) * ONE) ltac:(nia)) as (R0 & _ & R).
  assert (k <= isqrt_floor ((ONE + l) * ONE) - ONE <-> k + ONE <= isqrt_floor ((ONE + l) * ONE)) as -> by lia.
  rewrite R by lia. split; intros; nia.
Qed.

(** The part of a limit fits the type, and so do the sums: nothing overflows up to the capacity. *)
Lemma root_small : forall l, 0 <= l < W64 -> 0 <= isqrt_floor ((ONE + l) * ONE) - ONE < 2 ^ 57.
Proof.
  intros l Hl. pose proof ONE_pos as OP. destruct (K_isqrt_floor ((ONE + l) * ONE) ltac:(nia)) as (R0 & RB & R).
  split. { assert (ONE <= isqrt_floor ((ONE + l) * ONE)); [|lia]. apply R; nia. }
  assert ((ONE + l) * ONE < 2 ^ 57 * 2 ^ 57). { assert (ONE + l < 2 ^ 65) by (assert (ONE + W64 <= 2 ^ 65) by (vm_compute; discriminate); lia).
    assert (2 ^ 65 * ONE <= 2 ^ 57 * 2 ^ 57) by (vm_compute; discriminate). nia. }
  assert (isqrt_floor ((ONE + l) * ONE) < 2 ^ 57); [|lia].
  destruct (Z_lt_le_dec (isqrt_floor ((ONE + l) * ONE)) (2 ^ 57)) as [|G]; auto. exfalso.
  assert (0 <= 2 ^ 57) by (vm_compute; discriminate). assert (2 ^ 57 * 2 ^ 57 <= isqrt_floor ((ONE + l) * ONE) * isqrt_floor ((ONE + l) * ONE)) by (apply Z.mul_le_mono_nonneg; lia). lia.
Qed.

(** T0_inverse. SPEC T0: [capacity_floor(limit)] is the largest sale whose impact is at most the limit: a sale [c > 0] has
    an impact, and one of at most [limit], exactly if [c <= capacity_floor(limit)]. Constant product and grid. *)
Theorem T0_inverse : forall b limit c, book_sound b -> 0 <= limit < W64 -> 0 < c < W128 ->
  ((exists i, impact_ceil b c = Some i /\ i <= limit) <-> c <= capacity_floor b limit).
Proof.
  intros b limit c HB HL Hc. destruct b as [x|points].
  - simpl in HB. unfold capacity_floor. pose proof (root_small limit HL) as RS. pose proof ONE_pos as OP.
    set (k := isqrt_floor ((ONE + limit) * ONE) - ONE) in *.
    assert ((exists i, impact_ceil (ConstantProduct x) c = Some i /\ i <= limit) <-> 0 < x /\ c <= x * k / ONE) as ->.
    { split.
      - intros (i & E & L). apply impact_product in E; auto. destruct E as (X & _ & -> & _). split; auto.
        pose proof (cdiv_nonneg (c * ONE) x ltac:(nia) X). fold (part x c) in *.
        apply part_inverse; try lia. apply root_inverse; try lia.
      - intros (X & L). apply part_inverse in L; try lia. pose proof (cdiv_nonneg (c * ONE) x ltac:(nia) X). fold (part x c) in *.
        pose proof L as L'. apply root_inverse in L'; try lia. exists (product_impact (part x c)). split; auto.
        apply impact_product; auto. split; auto. split; [|split; auto; lia].
        assert (2 ^ 57 + 2 * ONE < W64) by reflexivity. lia. }
    unfold quantity_mul_floor, mul_shr_floor, fit128. change (2 ^ 48) with ONE.
    destruct (Z.ltb_spec (x * k / ONE) W128).
    + split; [tauto|]. intros L. split; auto. destruct (Z.eq_dec x 0) as [->|]; [|lia]. change (0 * k / ONE) with 0 in L. lia.
    + split; intros; [lia|]. split; [|lia]. destruct (Z.eq_dec x 0) as [->|]; [|lia]. change (0 * k / ONE) with 0 in *. lia.
  - simpl in HB. unfold impact_ceil, capacity_floor. destruct (Z.eqb_spec c 0); try lia.
    assert (forall l p s last, rising p s l -> last <= s -> c >= last ->
              ((exists i, grid_impact l c = Some i /\ i <= limit) <-> c < grid_within l limit last)) as G.
    { assert (forall l p s last, rising p s l -> last <= s -> last <= grid_within l limit last) as GE.
      { induction l as [|[g q] l]; simpl; intros p s last R L; try lia. destruct R as (R1 & R2 & R3).
        destruct (g <=? limit); try lia. specialize (IHl g q q R3 ltac:(lia)). lia. }
      induction l as [|[g q] l]; simpl; intros p s last R L C.
      - split; [intros (i & F & _); discriminate | lia].
      - destruct R as (R1 & R2 & R3). destruct (Z.leb_spec g limit).
        + destruct (Z.ltb_spec c q).
          * split; intros; [|exists g; auto]. pose proof (GE l g q q R3 ltac:(lia)). lia.
          * apply (IHl g q q R3); lia.
        + split; [|lia]. intros (i & F & Li). exfalso. destruct (Z.ltb_spec c q); [assert (i = g) by congruence; lia|].
          assert (forall l p s x y, rising p s l -> grid_impact l x = Some y -> p < y) as POS.
          { clear. induction l as [|[g q] l]; simpl; intros p s x y R G; try discriminate. destruct R as (R1 & R2 & R3).
            destruct (x <? q); [injection G as <-; lia|]. specialize (IHl g q x y R3 G). lia. }
          pose proof (POS l g q c i R3 F). lia. }
    rewrite (G points 0 0 0 HB) by lia. unfold excess. lia.
Qed.

(** T0_largest_sale. SPEC T0, D2: with [sold] and [paid] before, [largest_sale_floor(limit)] is the largest further sale
    whose charge is at most [limit]. *)
Theorem T0_largest_sale : forall b sold paid limit q, book_sound b -> 0 <= sold -> 0 <= paid -> 0 <= limit ->
  paid + limit < W64 -> 0 < q -> sold + q < W128 ->
  ((exists a, charge_ceil b sold paid q = Some a /\ a <= limit) <-> q <= largest_sale_floor b sold paid limit).
Proof.
  intros b sold paid limit q HB Hs Hp Hl HW Hq HT. unfold charge_ceil, largest_sale_floor, add128, fit128, bind, RATIO_MAX.
  change (2 ^ 64 - 1) with (W64 - 1). rewrite Z.min_r by lia.
  destruct (Z.eqb_spec q 0); try lia. destruct (Z.ltb_spec (sold + q) W128); try lia.
  pose proof (T0_inverse b (paid + limit) (sold + q) HB ltac:(lia) ltac:(lia)) as I. unfold excess.
  split.
  - intros (a & E & L). destruct (impact_ceil b (sold + q)) as [i|] eqn:EI; try discriminate. assert (a = Z.max 0 (i - paid)) by congruence.
    assert (sold + q <= capacity_floor b (paid + limit)) by (apply I; exists i; split; auto; lia). lia.
  - intros L. assert (sold + q <= capacity_floor b (paid + limit)) as C by lia. apply I in C. destruct C as (i & E & Li).
    rewrite E. eexists. split; [reflexivity|]. lia.
Qed.

(** Sales on one snapshot, one after the other, each charged by [charge_ceil] and booked by [Depth::sell]. *)
Fixpoint sell_all (b : book) (sold paid : Z) (sales : list Z) : option (Z * Z) :=
  match sales with
  | [] => Some (sold, paid)
  | q :: sales => let? a := charge_ceil b sold paid q in sell_all b (sold + q) (paid + a) sales
  end.
Definition total (sales : list Z) : Z := fold_right Z.add 0 sales.

(** T0_certificate. SPEC T0, D2: for one snapshot and any split of an order into sales the charges sum to at least the
    impact of the whole; and to exactly that if nothing was sold or charged before (they telescope). With [paid] charged for
    [sold] before, they sum to [max(paid, I(total))] less [paid]. *)
Theorem T0_certificate : forall b sales sold paid sold' paid', book_sound b -> 0 <= sold -> 0 <= paid ->
  Forall (fun q => 0 < q) sales -> sales <> [] -> sold + total sales < W128 ->
  sell_all b sold paid sales = Some (sold', paid') ->
  sold' = sold + total sales /\ exists i, impact_ceil b sold' = Some i /\ paid' = Z.max paid i.
Proof.
  intros b sales. induction sales as [|q sales]; intros sold paid sold' paid' HB Hs Hp HQ HN HT E; [congruence|].
  apply Forall_cons_iff in HQ. destruct HQ as [HQ HR]. unfold total in *. simpl in *. fold (total sales) in *. unfold bind in E.
  assert (0 <= total sales) as T0. { clear - HR. unfold total. induction HR; simpl; lia. }
  unfold charge_ceil, add128, fit128, bind in E. destruct (Z.eqb_spec q 0); try lia.
  destruct (Z.ltb_spec (sold + q) W128); [|discriminate].
  destruct (impact_ceil b (sold + q)) as [i|] eqn:EI; try discriminate. unfold excess in E.
  destruct sales as [|q' sales].
  - simpl in E. unfold total. simpl. injection E as <- <-. split; [lia|]. exists i. split; [auto|]. lia.
  - destruct (IHsales (sold + q) (paid + Z.max 0 (i - paid)) sold' paid' HB ltac:(lia) ltac:(lia) HR ltac:(discriminate) ltac:(lia) E) as (A & j & J & P).
    split; [lia|]. exists j. split; auto. apply Forall_cons_iff in HR.
    assert (0 <= total sales). { destruct HR as [_ HR]. clear - HR. unfold total. induction HR; simpl; lia. }
    unfold total in *. simpl in *.
    pose proof (T0_monotone b (sold + q) sold' i j HB ltac:(lia) ltac:(lia) EI J). lia.
Qed.

(** T0_joint. SPEC T4 (i): a constant product needs no share of the depth: in exact values
    [1 + (c1 + c2)/x <= (1 + c1/x)(1 + c2/x)], so the joint move is at most the product of the moves that were paid for. *)
Theorem T0_joint : forall x c1 c2, 0 < x -> 0 <= c1 -> 0 <= c2 -> (x + (c1 + c2)) * x <= (x + c1) * (x + c2).
Proof. intros. nia. Qed.
