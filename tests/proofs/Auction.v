(** Dutch auctions (SPEC D12, D13, T6), as [src/curve.rs] and [src/auction.rs] compute them. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [Curve]: duration, cut (a decay) and step, decay. *)
Inductive curve :=
| Linear (duration : Z)
| StairExponential (cut step : Z)
| Exponential (decay : Z).
(** [Curve::MAX_ELAPSED], [Curve::ERROR] *)
Definition MAX_ELAPSED : Z := 604800.
Definition CURVE_ERROR : Z := 64.
(** [Curve::check] *)
Definition falls (d : Z) : bool := negb (d =? 0) && negb (d =? DONE).
Definition curve_check (c : curve) : bool :=
  match c with
  | Linear duration => negb (duration =? 0)
  | StairExponential cut step => negb (step =? 0) && falls cut
  | Exponential decay => falls decay
  end.
(** [Curve::part_ceil] *)
Definition part_ceil (c : curve) (elapsed floor : Z) : option Z :=
  let? part :=
    match c with
    | Linear duration =>
        if duration =? 0 then None
        else let left := excess duration elapsed in
             Some (if left =? duration then ONE else share_ceil left duration 48)
    | StairExponential cut step =>
        if step =? 0 then None else Some (decay_to_ratio_ceil (decay_pow_ceil cut (elapsed / step)))
    | Exponential decay => Some (decay_to_ratio_ceil (decay_pow_ceil decay elapsed))
    end in
  Some (Z.max part floor).

(** [AuctionParams], [AuctionConfig::new] *)
Record auction := mkAuction { a_curve : curve; a_floor : Z; a_tail : Z; a_cusp : Z; a_dust : Z }.
Definition auction_check (a : auction) : bool :=
  (0 <? a_floor a) && (a_floor a <? ONE) && (0 <? a_tail a) && (a_tail a <=? MAX_ELAPSED) && (a_cusp a <? ONE)
  && curve_check (a_curve a).
(** [Terms], [Terms::freeze] *)
Record terms := mkTerms { t_auction : auction; t_start : price; t_opened : Z }.
Definition freeze (a : auction) (b : band) (buffer now : Z) : option terms :=
  let? factor := ratio_add ONE buffer in
  let? start := price_scale_ceil (high b) factor in
  let? _ := price_scale_ceil start (a_floor a) in
  Some (mkTerms a start now).
(** [Terms::price_after] ([None] inside: a reset is due) *)
Definition price_after (t : terms) (elapsed : Z) : option (option price) :=
  let a := t_auction t in
  if a_tail a <? elapsed then Some None
  else let? part := part_ceil (a_curve a) elapsed (a_floor a) in
       if part <? a_cusp a then Some None
       else let? p := price_scale_ceil (t_start t) part in Some (Some p).
(** [Terms::price] and [Terms::needs_reset] *)
Definition elapsed_at (t : terms) (now : Z) : option Z := if now <? t_opened t then None else Some (now - t_opened t).
Definition price_at (t : terms) (now : Z) : option price :=
  let? e := elapsed_at t now in let? p := price_after t e in p.
Definition needs_reset (t : terms) (now : Z) : option bool :=
  let? e := elapsed_at t now in
  let? p := price_after t e in
  Some (match p with None => true | Some _ => false end).
(** [Terms::time_to]: bisection; the tail is below 2^20, so twenty rounds close the gap. *)
Fixpoint time_search (rounds : nat) (t : terms) (value : price) (low high : Z) : Z :=
  match rounds with
  | O => low
  | S rounds =>
      if low <? high then
        let middle := (low + high) / 2 in
        match price_after t middle with
        | Some (Some p) => if price_ltb value p then time_search rounds t value (middle + 1) high
                           else time_search rounds t value low middle
        | Some None | None => time_search rounds t value low middle
        end
      else low
  end.
Definition time_to (t : terms) (value : price) : option Z :=
  let time := time_search 20 t value 0 (a_tail (t_auction t)) in
  match price_after t time with
  | Some (Some p) => if price_leb p value then Some time else None
  | Some None | None => None
  end.
(** [Terms::clearing_price_floor] *)
Definition clearing_price_floor (t : terms) (value : price) (latency : Z) : option price :=
  let? time := time_to t value in
  let? answered := fit64 (time + latency) in
  let? p := price_after t answered in p.

(** [Lot], [Lot::open] *)
Record lot := mkLot { l_terms : terms; l_remaining : Z; l_raise : Z }.
Definition lot_open (t : terms) (sell raise : Z) : option lot :=
  if (sell =? 0) || (raise =? 0) then None
  else let? _ := price_value_ceil (t_start t) sell in Some (mkLot t sell raise).
Definition is_done (l : lot) : bool := (l_remaining l =? 0) || (l_raise l =? 0).
(** [Lot::whole], [Lot::most_in_part], [Lot::sold] *)
Definition whole (l : lot) (p : price) : Z :=
  match (let? q := price_amount_floor p (excess (l_raise l) 1) in add128 q 1) with
  | Some amount => Z.min amount (l_remaining l)
  | None => l_remaining l
  end.
Definition most_in_part (l : lot) (p : price) : Z :=
  let dust := a_dust (t_auction (l_terms l)) in
  let of_lot := match price_amount_ceil p dust with Some rest => excess (l_remaining l) rest | None => 0 end in
  let of_tab :=
    if l_raise l <? dust then 0
    else match price_amount_floor p (l_raise l - dust) with Some q => q | None => l_remaining l end in
  Z.min of_lot of_tab.
Definition lot_sold (l : lot) (want : Z) (p : price) : option (Z * Z) :=
  let most := Z.min want (l_remaining l) in
  let? paid := price_value_ceil p most in
  let rest := excess (l_remaining l) most in
  let dust := a_dust (t_auction (l_terms l)) in
  (* The left operands first, as Rust evaluates them: the worth of the rest is asked for only where it matters. *)
  let? fits :=
    if paid <? l_raise l then
      if rest =? 0 then Some true
      else let? worth := price_value_floor p rest in
           Some ((dust <=? worth) && (dust <=? l_raise l - paid))
    else Some false in
  if fits then Some (most, paid)
  else
    let w := whole l p in
    let sold := if w <=? want then w else Z.min want (most_in_part l p) in
    if sold =? 0 then None
    else let? paid := price_value_ceil p sold in Some (sold, paid).
(** [Lot::take]: lot after the sale, sold, paid, price. *)
Definition take (l : lot) (want : Z) (max_price : price) (now : Z) : option (lot * Z * Z * price) :=
  if is_done l || (want =? 0) then None
  else let? p := price_at (l_terms l) now in
       if price_ltb max_price p then None
       else let? sp := lot_sold l want p in
            let '(sold, paid) := sp in
            let? left := sub128 (l_remaining l) sold in
            Some (mkLot (l_terms l) left (excess (l_raise l) paid), sold, paid, p).

(** The example of [Terms]: one per cent less every 90 seconds, from 240. *)
Definition ex_terms : option terms :=
  let? r := ratio_of_floor 9900 10000 in
  let? cut := decay_from_ratio r in
  let? floor := ratio_of_ceil 4000 10000 in
  let? cusp := ratio_of_floor 4500 10000 in
  let? l := price_from_decimal_floor 199 (-12) in
  let? h := price_from_decimal_ceil 200 (-12) in
  let? buffer := ratio_of_ceil 2000 10000 in
  freeze (mkAuction (StairExponential cut 90) floor 7200 cusp 100000000) (mkBand l h) buffer 1000.
Definition ex_asked (now : Z) : option Z :=
  let? t := ex_terms in let? p := price_at t now in price_value_floor p (10 ^ 18).
Example ex_prices :
  (ex_asked 1000, ex_asked 1089, ex_asked 1090, ex_asked (1000 + 7199), ex_asked (1000 + 7200), ex_asked 999) =
  (Some 240000000, Some 240000000, Some 237600000, Some 108490476, None, None).
Proof. vm_compute. reflexivity. Qed.
Example ex_time :
  (let? t := ex_terms in let? h := price_from_decimal_ceil 200 (-12) in time_to t h) = Some 1710 /\
  (let? t := ex_terms in let? h := price_from_decimal_ceil 200 (-12) in
   let? p := clearing_price_floor t h 120 in price_value_floor p (10 ^ 18)) = Some 196297665.
Proof. vm_compute. split; reflexivity. Qed.
(** The example of [Lot::take]. *)
Definition ex_takes : option (list (Z * Z * Z)) :=
  let? start := price_from_fraction_ceil 5 2 in
  let? floor := ratio_of_ceil 1 2 in
  let? t := freeze (mkAuction (Linear 100) floor 100 0 20) (mkBand start start) 0 0 in
  let? l := lot_open t 100 101 in
  let? a := take l 7 start 0 in
  let '(l, s1, p1, _) := a in let r1 := l_raise l in
  let? a := take l 32 start 0 in
  let '(l, s2, p2, _) := a in let r2 := l_raise l in
  let? a := take l 68 start 0 in
  let '(l', s3, p3, _) := a in
  match take l 7 start 0 with
  | Some _ => None
  | None => Some [(s1, p1, r1); (s2, p2, r2); (s3, p3, l_remaining l')]
  end.
Example ex_take : ex_takes = Some [(7, 18, 83); (25, 63, 20); (8, 20, 60)].
Proof. vm_compute. reflexivity. Qed.
