(* Vectors from the extracted models: inputs at the edges, at the ends of what is in range, and from a generator with fixed
   seeds, each with what the model gives. Integers in hexadecimal; `-` is a result that the model refuses.
   Usage: vectors.exe FOLDER *)

let z = Z.of_int
let pow2 n = Z.shift_left Z.one n

(* Numbers without a pattern (splitmix64). *)

let state = ref 0L
let seed n = state := Int64.of_int n
let word () =
  state := Int64.add !state 0x9E3779B97F4A7C15L;
  let mix x shift by = Int64.mul (Int64.logxor x (Int64.shift_right_logical x shift)) by in
  let x = mix (mix !state 30 0xBF58476D1CE4E5B9L) 27 0x94D049BB133111EBL in
  Z.extract (Z.of_int64 (Int64.logxor x (Int64.shift_right_logical x 31))) 0 64
let below n = Z.to_int (Z.rem (word ()) (z n))
let between low high = Z.add low (Z.rem (word ()) (Z.succ (Z.sub high low)))
let pick l = List.nth l (below (List.length l))
(* In order, as the results of a generator depend on it. *)
let rec times n f = if n = 0 then [] else let x = f () in x :: times (n - 1) f

let edges bits =
  let all = [ Z.zero; Z.one; z 2; z 3; Z.pred (pow2 48); pow2 48; Z.succ (pow2 48); Z.pred (pow2 63); pow2 63;
              Z.succ (pow2 63); Z.pred (pow2 64); pow2 64; Z.succ (pow2 64); Z.pred (pow2 127); pow2 127;
              Z.succ (pow2 127); Z.pred (Z.pred (pow2 128)); Z.pred (pow2 128) ] in
  List.filter (fun x -> Z.numbits x <= bits) all

(* Any size up to a number of bits, often next to a power of two. *)
let any bits () =
  match below 8 with
  | 0 -> let near = pow2 (below bits) in
         Z.max Z.zero (Z.min (Z.pred (pow2 bits)) (Z.add near (z (below 3 - 1))))
  | 1 -> pick (edges bits)
  | _ -> let high = word () in
         let low = word () in
         Z.shift_right (Z.extract (Z.logor (Z.shift_left high 64) low) 0 bits) (below bits)

let around bits x = List.filter (fun x -> Z.sign x >= 0 && Z.numbits x <= bits) [ Z.pred x; x; Z.succ x ]

(* Lines. *)

let out = ref stdout
let hex x = if Z.sign x < 0 then "-" ^ Z.format "%x" (Z.neg x) else Z.format "%x" x
let put words = output_string !out (String.concat " " words ^ "\n")
let number = function Some x -> [ hex x ] | None -> [ "-" ]
let price p = [ Z.to_string p.Kernels.expo; hex p.Kernels.coq_sig ]
let perhaps_price = function Some p -> price p | None -> [ "-" ]
let truth b = if b then [ "1" ] else [ "0" ]
let perhaps f = function Some x -> f x | None -> [ "-" ]

(* Kernels. *)

let kernel name args result = put ([ name ] @ List.map hex args @ [ "=" ] @ result)

let one name bits f =
  List.iter (fun a -> kernel name [ a ] (f a)) (edges bits @ times 60 (any bits))

(* Edges against edges, random pairs, and for random seconds the firsts at an end of the range. *)
let two name (ba, bb) f ends =
  let few bits = List.filteri (fun i _ -> i mod 2 = 0 || i = 1) (edges bits) in
  let run a b = kernel name [ a; b ] (f a b) in
  List.iter (fun a -> List.iter (run a) (few bb)) (few ba);
  for _ = 1 to 70 do
    let a = any ba () in
    run a (any bb ())
  done;
  for _ = 1 to 15 do
    let b = any bb () in
    List.iter (fun a -> run a b) (List.concat_map (around ba) (ends b))
  done

let over n d = if Z.sign d = 0 then [] else [ Z.div n d ]

let kernels () =
  seed 1;
  List.iter (fun (name, f) ->
      let run a b d = kernel name [ a; b; d ] (number (f a b d)) in
      let few = [ Z.zero; Z.one; Z.pred (pow2 64); pow2 64; Z.pred (pow2 128) ] in
      List.iter (fun a -> List.iter (fun b -> List.iter (run a b) few) few) few;
      for _ = 1 to 70 do
        let a = any 128 () in
        let b = any 128 () in
        run a b (any 128 ());
        (* A quotient near 2^128, and one near the larger factor. *)
        run a b (Z.succ (Z.shift_right (Z.mul a b) 128));
        run a b (Z.max (Z.max a b) Z.one)
      done;
      for _ = 1 to 20 do
        let b = Z.succ (any 127 ()) in
        let d = any 128 () in
        List.iter (fun a -> run a b d) (List.concat_map (around 128) (over (Z.mul (pow2 128) d) b))
      done)
    [ ("mul_div_floor", Kernels.mul_div_floor); ("mul_div_ceil", Kernels.mul_div_ceil) ];
  List.iter (fun (name, f) ->
      one name 128 (fun n -> [ hex (f n) ]);
      for _ = 1 to 40 do
        let root = any 64 () in
        List.iter (fun n -> kernel name [ n ] [ hex (f n) ]) (around 128 (Z.mul root root))
      done)
    [ ("isqrt_floor", Kernels.isqrt_floor); ("isqrt_ceil", Kernels.isqrt_ceil) ];
  let n2 f a b = number (f a b) in
  let t2 f a b = [ hex (f a b) ] in
  let to_top bits b = [ Z.sub (pow2 bits) b ] in
  let self b = [ b ] in
  two "add128" (128, 128) (n2 Kernels.add128) (to_top 128);
  two "sub128" (128, 128) (n2 Kernels.sub128) self;
  two "excess128" (128, 128) (t2 Kernels.excess) self;
  two "ratio_add" (64, 64) (n2 Kernels.ratio_add) (to_top 64);
  two "ratio_sub" (64, 64) (n2 Kernels.ratio_sub) self;
  two "excess64" (64, 64) (t2 Kernels.excess) self;
  let sixteen d = [ Z.shift_left d 16; Z.shift_right d 48 ] in
  two "ratio_of_floor" (128, 128) (n2 Kernels.ratio_of_floor) sixteen;
  two "ratio_of_ceil" (128, 128) (n2 Kernels.ratio_of_ceil) sixteen;
  let product b = over (pow2 112) b in
  two "ratio_mul_floor" (64, 64) (n2 Kernels.ratio_mul_floor) product;
  two "ratio_mul_ceil" (64, 64) (n2 Kernels.ratio_mul_ceil) product;
  two "ratio_div_floor" (64, 64) (n2 Kernels.ratio_div_floor) sixteen;
  two "ratio_div_ceil" (64, 64) (n2 Kernels.ratio_div_ceil) sixteen;
  let quantity r = over (pow2 176) r in
  two "quantity_mul_floor" (128, 64) (n2 Kernels.quantity_mul_floor) quantity;
  two "quantity_mul_ceil" (128, 64) (n2 Kernels.quantity_mul_ceil) quantity;
  two "rate_over" (64, 64) (n2 Kernels.rate_over) (over (pow2 64));
  for _ = 1 to 100 do
    let rate = any 64 () in
    let seconds = any 64 () in
    let limit = pick [ any 64 (); Z.extract (Z.mul rate seconds) 0 64 ] in
    kernel "rate_over_at_most" [ rate; seconds; limit ] [ hex (Kernels.rate_over_at_most rate seconds limit) ]
  done;
  for _ = 1 to 150 do
    let whole = Z.succ (Z.min (any 64 ()) (Z.pred (Z.pred (pow2 64)))) in
    let part = pick [ Z.rem (any 64 ()) whole; Z.pred whole ] in
    let places = z (pick [ 1; 2; 31; 32; 33; 48; 62; 63 ]) in
    kernel "share_ceil" [ part; whole; places ] [ hex (Kernels.share_ceil part whole places) ]
  done;
  let one_in_63 = pow2 63 in
  let decay () =
    match below 4 with
    | 0 -> Z.min one_in_63 (any 64 ())
    | 1 -> Z.sub one_in_63 (Z.shift_right (between Z.zero (Z.pred one_in_63)) (below 63))
    | 2 -> pick [ Z.zero; Z.one; pow2 62; Z.pred one_in_63; one_in_63 ]
    | _ -> between Z.zero one_in_63 in
  List.iter (fun (name, f) ->
      List.iter (fun (a, b) -> kernel name [ a; b ] [ hex (f a b) ])
        (times 150 (fun () -> let a = decay () in (a, decay ()))))
    [ ("decay_mul_floor", Kernels.decay_mul_floor); ("decay_mul_ceil", Kernels.decay_mul_ceil) ];
  List.iter (fun (name, f) ->
      List.iter (fun (d, n) -> kernel name [ d; n ] [ hex (f d n) ])
        (times 250 (fun () -> let d = decay () in (d, pick [ any 64 (); any 20 (); z (below 300) ]))))
    [ ("decay_pow_floor", Kernels.decay_pow_floor); ("decay_pow_ceil", Kernels.decay_pow_ceil) ];
  List.iter (fun (name, f) -> List.iter (fun d -> kernel name [ d ] [ hex (f d) ]) (times 60 decay))
    [ ("decay_to_ratio_floor", Kernels.decay_to_ratio_floor); ("decay_to_ratio_ceil", Kernels.decay_to_ratio_ceil) ];
  one "decay_from_ratio" 64 (fun r -> number (Kernels.decay_from_ratio r));
  List.iter (fun h -> kernel "decay_from_half_life_floor" [ h ] (number (Kernels.decay_from_half_life_floor h)))
    (List.map z [ 0; 1; 2; 3; 60; 3_600; 86_400; 604_800 ] @ edges 64 @ times 30 (any 64))

(* Prices. *)

let some_price ?(low = -128) ?(high = 127) () =
  let e = if below 6 = 0 then pick [ low; low + 1; high - 1; high ] else low + below (high - low + 1) in
  let s = match below 5 with
    | 0 -> pow2 63
    | 1 -> Z.pred (pow2 64)
    | 2 -> Z.add (pow2 63) (pow2 (below 63))
    | _ -> Z.logor (pow2 63) (word ()) in
  Kernels.{ expo = z e; coq_sig = s }
(* Next to a price, by a few steps or binary places. *)
let near p =
  let e = Z.to_int p.Kernels.expo + pick [ 0; 0; 0; -1; 1; -16; -17; 15; 16; 17 ] in
  let s = Z.add p.Kernels.coq_sig (pick [ Z.zero; Z.one; Z.minus_one; Z.shift_right (word ()) (below 64) ]) in
  Kernels.{ expo = z (max (-128) (min 127 e)); coq_sig = Z.logor (pow2 63) (Z.extract s 0 64) }

let prices () =
  seed 2;
  let line name args result = put ([ name ] @ args @ [ "=" ] @ result) in
  List.iter (fun s -> line "from_parts" [ "5"; hex s ] (perhaps_price (Kernels.price_from_parts (z 5) s)))
    (edges 64 @ times 10 (any 64));
  List.iter (fun (name, f) ->
      let run n d = line name [ hex n; hex d ] (perhaps_price (f n d)) in
      let few = List.filteri (fun i _ -> i mod 2 = 0 || i = 1) (edges 128) in
      List.iter (fun n -> List.iter (run n) few) few;
      for _ = 1 to 120 do
        let n = any 128 () in
        run n (any 128 ());
        run n (pick [ n; Z.succ n; Z.one; pow2 (below 128) ])
      done;
      (* Up to the end of the range. *)
      List.iter (fun n -> run n Z.one) (around 128 (Z.sub (pow2 128) (pow2 64)) @ around 128 (pow2 64)))
    [ ("from_fraction_floor", Kernels.price_from_fraction_floor); ("from_fraction_ceil", Kernels.price_from_fraction_ceil) ];
  List.iter (fun (name, f) ->
      let run m e = line name [ hex m; string_of_int e ] (perhaps_price (f m (z e))) in
      List.iter (fun e -> List.iter (fun m -> run m e) (edges 128)) [ -39; -38; -28; 0; 27; 38 ];
      for _ = 1 to 120 do
        let m = any 128 () in
        run m (below 81 - 40)
      done)
    [ ("from_decimal_floor", Kernels.price_from_decimal_floor); ("from_decimal_ceil", Kernels.price_from_decimal_ceil) ];
  (* The ends: n with n p, or v with v / p, near 2^128. *)
  let shift n k = if k >= 0 then Z.shift_left n k else Z.shift_right n (-k) in
  List.iter (fun (name, f, last) ->
      let run p n = line name (price p @ [ hex n ]) (number (f p n)) in
      for _ = 1 to 160 do
        let p = some_price () in
        run p (any 128 ())
      done;
      for _ = 1 to 60 do
        let p = some_price () in
        List.iter (run p) (around 128 (last p))
      done;
      for _ = 1 to 30 do
        let p = some_price ~low:(-70) ~high:70 () in
        List.iter (run p) (around 128 (shift p.Kernels.coq_sig (below 64 - 32)))
      done)
    (let quantity p = shift (Z.div (pow2 191) p.Kernels.coq_sig) (- Z.to_int p.Kernels.expo) in
     let worth p = shift p.Kernels.coq_sig (65 + Z.to_int p.Kernels.expo) in
     [ ("value_floor", Kernels.price_value_floor, quantity); ("value_ceil", Kernels.price_value_ceil, quantity);
       ("amount_floor", Kernels.price_amount_floor, worth); ("amount_ceil", Kernels.price_amount_ceil, worth) ]);
  List.iter (fun (name, f) ->
      let run p r = line name (price p @ [ hex r ]) (perhaps_price (f p r)) in
      for _ = 1 to 120 do
        let p = some_price () in
        run p (any 64 ());
        run p (pick (edges 64))
      done;
      for _ = 1 to 60 do
        let p = some_price ~low:(pick [ -128; 109 ]) ~high:(pick [ 112; 127 ]) () in
        run p (Z.shift_left (Z.succ (z (below 7))) (below 61))
      done)
    [ ("scale_floor", Kernels.price_scale_floor); ("scale_ceil", Kernels.price_scale_ceil);
      ("div_floor", Kernels.price_div_floor) ];
  for _ = 1 to 220 do
    let p = some_price () in
    let q = if below 5 = 0 then some_price () else near p in
    let args = price p @ price q in
    line "below" args (truth (Kernels.price_ltb p q));
    line "ratio_floor" args (number (Kernels.price_ratio_floor p q));
    line "ratio_ceil" args (number (Kernels.price_ratio_ceil p q));
    line "drawdown_floor" args [ hex (Kernels.price_drawdown_floor p q) ];
    line "band" args (perhaps (fun b -> [ hex (Kernels.band_width_ceil b) ]) (Kernels.band_new p q))
  done

(* What the rest shares. *)

let unit = pow2 48
let share () = Z.min unit (any 49 ())
(* A part of a ratio of one from a to b per cent. *)
let percent a b = Z.div (Z.mul unit (z (a * 100 + below ((b - a) * 100 + 1)))) (z 10_000)
let some_band ?(low = -60) ?(high = 60) () =
  let p = some_price ~low ~high () in
  let q = pick [ p; near p ] in
  if Kernels.price_ltb q p then Kernels.{ low = q; high = p } else Kernels.{ low = p; high = q }
let band b = price b.Kernels.low @ price b.Kernels.high
let parameters p =
  List.map hex [ p.Health.max_ltv; p.Health.liquidation_threshold; p.Health.bonus; p.Health.margin; p.Health.auction_buffer ]
let some_parameters () =
  if below 4 = 0 then
    let max_ltv = share () in
    let liquidation_threshold = share () in
    let bonus = share () in
    let margin = share () in
    Health.{ max_ltv; liquidation_threshold; bonus; margin; auction_buffer = any 64 () }
  else
    let liquidation_threshold = percent 1 99 in
    let max_ltv = Z.sub liquidation_threshold (Z.shift_right liquidation_threshold (1 + below 40)) in
    let room = Z.sub unit liquidation_threshold in
    let bonus = Z.shift_right room (below 12) in
    let margin = pick [ Z.zero; Z.shift_right room (1 + below 8);
                        (* On the edge of what the check accepts. *)
                        Z.max Z.zero (Z.add (z (below 3 - 1))
                          (Z.sub room (Z.shift_right (Z.add (Z.mul liquidation_threshold bonus) (Z.pred unit)) 48))) ] in
    Health.{ max_ltv; liquidation_threshold; bonus; margin; auction_buffer = percent 0 30 }

(* Health. *)

let health () =
  seed 3;
  for _ = 1 to 180 do
    let p = some_parameters () in
    put ([ "check" ] @ parameters p @ [ "=" ] @ truth (Health.parameters_check p))
  done;
  let amount () = pick [ any 128 (); any 90 (); any 64 () ] in
  let outcome made more ps b =
    let v = Health.value made ps b in
    perhaps (fun v -> List.map hex [ v.Health.v_collateral; v.Health.v_weighted; v.Health.v_debt ]) v
    @ perhaps truth (Health.is_healthy made ps b)
    @ perhaps truth (Health.may_borrow made ps b more)
    @ perhaps (fun v -> perhaps (function None -> [ "none" ] | Some h -> [ hex h ]) (Health.health_factor_floor v)
                        @ number (Health.ltv_ceil v)) v
    @ perhaps (function None -> [ "none" ] | Some p -> price p) (Health.position_trigger_price_ceil made ps) in
  for _ = 1 to 400 do
    let b = some_band () in
    let ps = some_parameters () in
    let own = amount () in
    (* Debts around what the collateral covers are the ones that matter. *)
    let covered = match Kernels.price_value_floor b.Kernels.low own with
      | Some v -> Option.value ~default:v (Kernels.quantity_mul_floor v ps.Health.liquidation_threshold)
      | None -> amount () in
    let owed = pick [ Z.zero; amount (); covered; Z.succ covered; Z.max Z.zero (Z.pred covered) ] in
    let small () = pick [ any 60 (); any 100 () ] in
    let others = times (below 3) (fun () ->
      let a = small () in
      let b = some_band () in
      let p = some_parameters () in
      (a, b, p)) in
    let debts = times (below 3) (fun () -> let a = small () in (a, some_band ())) in
    let more = pick [ Z.zero; Z.one; amount () ] in
    put ([ "position"; hex own; hex owed ] @ band b @ parameters ps @ [ hex more; string_of_int (List.length others) ]
         @ List.concat_map (fun (a, b, p) -> [ hex a ] @ band b
             @ [ hex p.Health.max_ltv; hex p.Health.liquidation_threshold ]) others
         @ [ string_of_int (List.length debts) ]
         @ List.concat_map (fun (a, b) -> [ hex a ] @ band b) debts
         @ [ "=" ]
         @ (let made = List.map (fun (a, b, p) -> Health.collateral_new a b p) others in
            if List.mem None made then [ "refused" ]
            else
              outcome Health.{ own; owed; others = List.filter_map Fun.id made;
                               debts = List.map (fun (a, b) -> { d_amount = a; d_price = b.Kernels.high }) debts } more ps b))
  done;
  for _ = 1 to 200 do
    let amount = pick [ Z.zero; any 128 (); any 64 () ] in
    let debt = pick [ Z.zero; any 128 (); any 64 () ] in
    let threshold = pick [ share (); any 64 (); Z.zero ] in
    put ([ "trigger"; hex amount; hex debt; hex threshold; "=" ]
         @ perhaps (function None -> [ "none" ] | Some p -> price p) (Health.trigger_price_ceil amount debt threshold))
  done

(* Auctions: terms, then questions to them, then takes out of a lot, each on the lot that the last one left. *)

let auctions () =
  seed 4;
  let some_terms sell =
    let duration () = pick [ z (1 + below 20_000); any 20 () ] in
    let rarely edge usual = if below 12 = 0 then pick edge else usual in
    let decay down = rarely [ pow2 62; Z.pred (pow2 63); pow2 63; Z.zero ] (Z.sub (pow2 63) (Z.shift_right (word ()) down)) in
    let curve = match below 3 with
      | 0 -> Auction.Linear (rarely [ Z.zero; Z.one ] (duration ()))
      | 1 ->
        (* Few cuts that are large, or many that are small, whose roundings add up. *)
        let many = below 2 = 0 in
        let cut = decay (if many then 14 + below 6 else 5 + below 6) in
        Auction.StairExponential (cut, rarely [ Z.zero; Z.one ] (z (1 + below (if many then 3 else 300))))
      | _ -> Auction.Exponential (decay (10 + below 12)) in
    let a_floor = rarely [ Z.one; Z.zero; unit; Z.pred unit ] (percent 1 90) in
    let a_tail = rarely [ z 604_800; z 604_801; Z.zero ] (pick [ z (1 + below 10_000); z (1 + below 604_800) ]) in
    let a_cusp = rarely [ Z.pred unit; unit ] (pick [ Z.zero; a_floor; percent 0 50 ]) in
    let b = match below 10 with
      | 0 -> some_band ~low:(-128) ~high:(-100) ()
      | 1 -> some_band ~low:110 ~high:127 ()
      | _ -> some_band ~low:(-30) ~high:20 () in
    let worth = Option.value ~default:(any 60 ()) (Kernels.price_value_floor b.Kernels.high sell) in
    let a_dust = pick [ Z.zero; z (below 1_000); Z.shift_right worth (3 + below 10) ] in
    let buffer = rarely [ any 64 () ] (pick [ Z.zero; percent 0 50; percent 0 50 ]) in
    let opened = pick [ Z.zero; z (below 1_000_000); Z.sub (pow2 64) (z (1 + below 10_000)) ] in
    let a = Auction.{ a_curve = curve; a_floor; a_tail; a_cusp; a_dust } in
    let words = match curve with
      | Auction.Linear d -> [ "linear"; hex d; "0" ]
      | Auction.StairExponential (c, s) -> [ "stairs"; hex c; hex s ]
      | Auction.Exponential d -> [ "smooth"; hex d; "0" ] in
    let terms = if Auction.auction_check a then Auction.freeze a b buffer opened else None in
    put ([ "terms" ] @ words @ List.map hex [ a_floor; a_tail; a_cusp; a_dust ] @ band b @ [ hex buffer; hex opened; "=" ]
         @ (if Auction.auction_check a then perhaps_price (Option.map (fun t -> t.Auction.t_start) terms) else [ "refused" ]));
    terms in
  for _ = 1 to 160 do
    let sell = pick [ any 60 (); any 90 (); any 128 () ] in
    match some_terms sell with
    | None -> ()
    | Some t ->
      let a = t.Auction.t_auction in
      let tail = Z.to_int a.Auction.a_tail in
      let time () =
        let from = match below 12 with
          | 0 -> pick [ tail; tail + 1; -1 ]
          | 1 | 2 -> below (tail + 1)
          | _ -> below (2 + tail / pick [ 10; 100; 1_000 ]) in
        Z.max Z.zero (Z.min (Z.pred (pow2 64)) (Z.add t.Auction.t_opened (z from))) in
      let start = t.Auction.t_start in
      let some_value () =
        match below 4 with
        | 0 -> near start
        | 1 -> start
        | _ -> Option.value ~default:start (Kernels.price_scale_floor start (percent 1 101)) in
      for _ = 1 to 4 do
        let now = time () in
        put ([ "price"; hex now; "=" ] @ perhaps_price (Auction.price_at t now) @ perhaps truth (Auction.needs_reset t now))
      done;
      for _ = 1 to 2 do
        let v = some_value () in
        let latency = pick [ Z.zero; z (below 600); any 64 () ] in
        put ([ "reached" ] @ price v @ [ hex latency; "=" ] @ number (Auction.time_to t v)
             @ perhaps_price (Auction.clearing_price_floor t v latency))
      done;
      let worth = Option.value ~default:(any 60 ()) (Kernels.price_value_floor start sell) in
      let raise_ = pick [ Z.shift_right worth (below 4); any 90 () ] in
      let lot = Auction.lot_open t sell raise_ in
      put ([ "lot"; hex sell; hex raise_; "=" ] @ (if lot = None then [ "-" ] else [ "1" ]));
      let rec takes lot n =
        if n > 0 then begin
          (* Nothing is left to ask of a lot that is done but that it is. *)
          let n = if Auction.is_done lot then 1 else n in
          let left = lot.Auction.l_remaining in
          let part () = Z.shift_right left (1 + below 6) in
          let want = if below 10 = 0 then Z.zero else
              pick [ left; part (); part (); part (); Z.succ left; Z.max Z.zero (Z.pred left); any 64 () ] in
          let limit = if below 8 = 0 then some_value () else start in
          let now = time () in
          let result = Auction.take lot want limit now in
          put ([ "take"; hex want ] @ price limit @ [ hex now; "=" ]
               @ perhaps (fun (((l, sold), paid), p) ->
                   [ hex sold; hex paid ] @ price p @ [ hex l.Auction.l_remaining; hex l.Auction.l_raise ]) result);
          takes (match result with Some (((l, _), _), _) -> l | None -> lot) (n - 1)
        end in
      Option.iter (fun lot -> takes lot 7) lot
  done

(* The ramp: a schedule, then steps of its state. *)

let ramps () =
  seed 5;
  for _ = 1 to 220 do
    (* Both ends pay all that they leave: between them the bonus is limited. *)
    let paying = below 3 = 0 in
    let all_paid low high margin =
      let liquidation_threshold = percent low high in
      let free = Z.sub (Z.sub unit margin) liquidation_threshold in
      let bonus = Z.div (Z.mul free unit) liquidation_threshold in
      Health.{ max_ltv = Z.shift_right liquidation_threshold 1; liquidation_threshold; bonus; margin; auction_buffer = Z.zero } in
    let calm = if paying then all_paid 60 85 (percent 0 10) else some_parameters () in
    let tighter x = Z.sub x (Z.shift_right x (1 + below 20)) in
    let higher x = Z.add x (pick [ Z.zero; Z.shift_right (Z.sub unit (Z.min x unit)) (3 + below 20) ]) in
    let stressed =
      if paying then all_paid 30 60 (Z.add calm.Health.margin (pick [ Z.zero; percent 0 5 ]))
      else if below 6 = 0 then some_parameters ()
      else
        let liquidation_threshold = pick [ calm.Health.liquidation_threshold; tighter calm.Health.liquidation_threshold ] in
        let max_ltv = Z.min calm.Health.max_ltv (tighter liquidation_threshold) in
        let bonus = higher calm.Health.bonus in
        let margin = higher calm.Health.margin in
        Health.{ max_ltv; liquidation_threshold; bonus; margin; auction_buffer = higher calm.Health.auction_buffer } in
    let sigma_calm = percent 0 20 in
    let sigma_stressed = Z.add sigma_calm (pick [ Z.zero; Z.one; percent 0 50; percent 0 50; percent 0 50 ]) in
    let s_ramp = pick [ Z.zero; any 40 (); Z.div (percent 0 10) (z 3_600); any 64 () ] in
    let s_max_step = pick [ z (below 10_000); Z.zero; any 64 () ] in
    let p = Ramp.{ s_calm = calm; s_stressed = stressed; sigma_calm; sigma_stressed; s_ramp; s_max_step } in
    let speed = Ramp.schedule_new p in
    put ([ "schedule" ] @ parameters calm @ parameters stressed
         @ List.map hex [ sigma_calm; sigma_stressed; s_ramp; s_max_step ] @ [ "=" ]
         @ (if speed = None then [ "-" ] else [ "1" ]));
    Option.iter (fun speed ->
        let sigma () = pick [ sigma_calm; sigma_stressed; Z.succ sigma_calm; Z.max Z.zero (Z.pred sigma_stressed);
                              between sigma_calm sigma_stressed; between sigma_calm sigma_stressed; any 64 () ] in
        let rec steps state n =
          if n > 0 then begin
            let s = sigma () in
            let past = below 12 = 0 in
            let now = if past then Z.max Z.zero (Z.pred (snd state))
              else Z.min (Z.pred (pow2 64)) (Z.add (snd state) (pick [ Z.zero; z (below 4_000); z (below 100); any 63 () ])) in
            let frozen = below 5 = 0 in
            let after = Ramp.schedule_step p speed state s now frozen in
            put ([ "step"; hex s; hex now ] @ truth frozen @ [ "=" ] @ perhaps (fun (s, at) -> [ hex s; hex at ]) after);
            let state = Option.value ~default:state after in
            let s = sigma () in
            put ([ "force"; hex s; "=" ] @ perhaps parameters (Ramp.in_force p (fst state) s));
            steps state (n - 1)
          end in
        steps (Z.zero, Z.zero) 7) speed
  done

(* The ledger: a configuration, a window and a ledger opened at one band, then events, with the whole state after each. An
   error is `!` and its code. *)

let of_kernel p = Ledger.{ exponent = p.Kernels.expo; significand = p.Kernels.coq_sig }
let ledger_price p = [ Z.to_string p.Ledger.exponent; hex p.Ledger.significand ]
let outcome f = function Ledger.Ok x -> f x | Ledger.Err code -> [ "!" ^ Z.to_string code ]

let ledgers () =
  seed 6;
  for _ = 1 to 130 do
    let burst = pick [ percent 0 20; percent 0 20; share (); any 64 () ] in
    let kappa = pick [ unit; unit; Z.add unit (percent 0 100); any 64 () ] in
    let own_share = pick [ percent 0 45; Z.zero; share (); Z.max Z.zero (Z.add (z (below 3 - 1)) (Z.div (Z.mul unit unit) (Z.max Z.one kappa))) ] in
    let leak = pick [ Z.zero; Z.one; any 36 (); any 64 () ] in
    let c = Ledger.{ burst; leak; own_share = Z.extract own_share 0 64; kappa } in
    let words c = List.map hex [ c.Ledger.burst; c.Ledger.leak; c.Ledger.own_share; c.Ledger.kappa ] in
    let made = Ledger.config_new c in
    put ([ "config" ] @ words c @ [ "=" ] @ outcome (fun _ -> [ "1" ]) made);
    match made with
    | Ledger.Err _ -> ()
    | Ledger.Ok c ->
      let s = pick [ share (); any 64 () ] in
      put ([ "shared"; hex s; "=" ] @ outcome words (Ledger.config_shared c s));
      let exogenous = any 64 () in
      let noise = any 64 () in
      let elapsed = any 64 () in
      put ([ "bound"; hex exogenous; hex noise; hex elapsed; "=" ]
           @ outcome (fun b -> [ hex b ]) (Ledger.bound_ceil c exogenous noise elapsed));
      let centre = some_price ~low:(-40) ~high:40 () in
      let some_band () =
        let p = if below 12 = 0 then some_price () else
            Option.value ~default:centre (Kernels.price_scale_floor centre (percent 20 120)) in
        let q = if below 2 = 0 then p else
            Option.value ~default:p (Kernels.price_scale_ceil p (Z.add unit (Z.shift_right unit (5 + below 40)))) in
        let l, h = if Kernels.price_ltb q p then (q, p) else (p, q) in
        Ledger.{ low = of_kernel l; high = of_kernel h } in
      let words_of b = ledger_price b.Ledger.low @ ledger_price b.Ledger.high in
      let b = some_band () in
      let start = z (below 100_000) in
      let width = z (pick [ 0; 0; 60; 1 + below 1_000 ]) in
      let l = Ledger.ledger_open b start in
      let w = Ledger.window_open b start in
      let state l =
        ledger_price l.Ledger.reference @ ledger_price l.Ledger.lowest
        @ List.map hex [ l.Ledger.drawdown; l.Ledger.level; l.Ledger.reserved; l.Ledger.time; Ledger.cap c l; Ledger.headroom c l ] in
      put ([ "open" ] @ words_of b @ [ hex start; hex width; "=" ] @ state l);
      let impact l =
        let room = Ledger.headroom c l in
        let all = Z.add room l.Ledger.reserved in
        Z.extract (pick [ Z.shift_right room (below 4); room; Z.succ room; all; Z.succ all; any 48 (); any 64 (); Z.zero ]) 0 64 in
      let rec events l w n =
        if n > 0 then begin
          let later () = Z.add l.Ledger.time (z (pick [ 0; 1; below 100; below 10_000 ])) in
          let l, w = match below 10 with
            | 0 ->
              let now = pick [ later (); later (); later (); Z.max Z.zero (Z.pred l.Ledger.time); any 64 () ] in
              let now = if Z.numbits now > 40 && n > 3 then later () else now in
              let after = Ledger.ledger_advance l c now in
              put ([ "advance"; hex now; "=" ] @ outcome state after);
              ((match after with Ledger.Ok l -> l | Ledger.Err _ -> l), w)
            | 1 | 2 | 3 ->
              let b = match below 6 with
                (* The reference or the lowest price again. *)
                | 0 -> let p = pick [ l.Ledger.reference; l.Ledger.lowest ] in Ledger.{ low = p; high = p }
                | _ -> some_band () in
              let now = match below 12 with
                | 0 -> Z.max Z.zero (Z.pred w.Ledger.opened)
                | 1 | 2 -> Z.add w.Ledger.opened (pick [ width; Z.max Z.zero (Z.pred width) ])
                | _ -> Z.max (later ()) (Z.add w.Ledger.opened (z (below 100))) in
              let after = Ledger.window_observe w b now width in
              let seen = match after with Ledger.Ok w -> Ledger.ledger_observe l w | Ledger.Err _ -> l in
              put ([ "observe" ] @ words_of b @ [ hex now; "=" ] @ outcome (fun _ -> state seen) after);
              (seen, match after with Ledger.Ok w -> w | Ledger.Err _ -> w)
            | 4 | 5 ->
              let i = impact l in
              let after = Ledger.ledger_reserve l c i in
              put ([ "reserve"; hex i; "=" ] @ outcome state after);
              ((match after with Ledger.Ok l -> l | Ledger.Err _ -> l), w)
            | 6 | 7 ->
              let i = impact l in
              let after = Ledger.ledger_charge l c i in
              put ([ "charge"; hex i; "=" ] @ outcome state after);
              ((match after with Ledger.Ok l -> l | Ledger.Err _ -> l), w)
            | 8 ->
              let needed = pick [ Z.shift_right l.Ledger.reserved (below 3); any 48 () ] in
              let l = Ledger.ledger_release_to l needed in
              put ([ "release"; hex needed; "=" ] @ state l);
              (l, w)
            | _ ->
              let p = pick [ l.Ledger.reference; l.Ledger.lowest; of_kernel (near Kernels.{ expo = l.Ledger.reference.Ledger.exponent; coq_sig = l.Ledger.reference.Ledger.significand }) ] in
              let after = if below 3 = 0 then Ledger.ledger_reanchor l p else Ledger.Err Z.zero in
              if after <> Ledger.Err Z.zero then put ([ "reanchor" ] @ ledger_price p @ [ "=" ] @ outcome state after);
              ((match after with Ledger.Ok l -> l | Ledger.Err _ -> l), w) in
          let i = impact l in
          put ([ "permitted"; hex i; "=" ]
               @ outcome (function None -> [ "none" ] | Some t -> [ hex t ]) (Ledger.permitted_at l c i));
          events l w (n - 1)
        end in
      events l w 14
  done

(* The ledger of one who also buys: as above, with both sides in the state, and for each side the time of its last trade. *)

let two_sided () =
  seed 7;
  for _ = 1 to 45 do
    let some_params () =
      let burst = percent 0 20 in
      let kappa = pick [ unit; Z.add unit (percent 0 50) ] in
      let leak = pick [ Z.zero; any 36 () ] in
      Ledger.{ burst; leak; own_share = percent 0 (pick [ 45; 60 ]); kappa } in
    let words c = List.map hex [ c.Ledger.burst; c.Ledger.leak; c.Ledger.own_share; c.Ledger.kappa ] in
    let sell_params = some_params () in
    let buy_params = some_params () in
    let buy_params = if below 10 > 0 then buy_params else
        Ledger.{ buy_params with own_share = Z.max Z.zero (Z.sub unit sell_params.own_share); kappa = unit } in
    let c = Ledger.{ sell_params; buy_params } in
    let made = Ledger.two_config_new c in
    put ([ "config" ] @ words sell_params @ words buy_params @ [ "=" ] @ outcome (fun _ -> [ "1" ]) made);
    match made with
    | Ledger.Err _ -> ()
    | Ledger.Ok c ->
      let s = pick [ share (); any 64 () ] in
      put ([ "shared"; hex s; "=" ] @ outcome (fun c -> words c.Ledger.sell_params @ words c.Ledger.buy_params)
             (Ledger.two_config_shared c s));
      let fall = any 50 () in
      let rise = any 64 () in
      let noise = any 50 () in
      let elapsed = any 30 () in
      put ([ "bound"; hex fall; hex rise; hex noise; hex elapsed; "=" ]
           @ outcome (fun b -> [ hex b ]) (Ledger.bound_fall_ceil c fall rise noise elapsed)
           @ outcome (fun b -> [ hex b ]) (Ledger.bound_rise_ceil c fall rise noise elapsed));
      let centre = some_price ~low:(-40) ~high:40 () in
      let some_band () =
        let p = Option.value ~default:centre (Kernels.price_scale_floor centre (percent 40 160)) in
        let q = if below 2 = 0 then p else near p in
        let l, h = if Kernels.price_ltb q p then (q, p) else (p, q) in
        Ledger.{ low = of_kernel l; high = of_kernel h } in
      let words_of b = ledger_price b.Ledger.low @ ledger_price b.Ledger.high in
      let b = some_band () in
      let start = z (below 100_000) in
      let width = z (pick [ 0; 0; 60 ]) in
      let side_words c l =
        ledger_price l.Ledger.reference @ ledger_price l.Ledger.lowest
        @ List.map hex [ l.Ledger.drawdown; l.Ledger.level; l.Ledger.reserved; l.Ledger.time; Ledger.cap c l; Ledger.headroom c l ] in
      let state t =
        side_words c.Ledger.sell_params t.Ledger.sell @ side_words c.Ledger.buy_params t.Ledger.buy
        @ number t.Ledger.sold @ number t.Ledger.bought in
      put ([ "open" ] @ words_of b @ [ hex start; hex width; "=" ] @ state (Ledger.two_open b start));
      let rec events t w n =
        if n > 0 then begin
          let now = Z.add t.Ledger.sell.Ledger.time (z (pick [ 0; 1; below 100; below 10_000 ])) in
          let side = pick [ Ledger.Sell; Ledger.Buy ] in
          let named = if side = Ledger.Sell then "sell" else "buy" in
          let l = Ledger.side_ledger t side in
          let room = Ledger.headroom (Ledger.side_params c side) l in
          let impact = pick [ Z.shift_right room (below 4); room; Z.succ room; Z.add room l.Ledger.reserved;
                              Z.succ (Z.add room l.Ledger.reserved); any 48 () ] in
          let keep = function Ledger.Ok t -> t | Ledger.Err _ -> t in
          let t, w = match below 8 with
            | 0 ->
              let now = if below 6 = 0 then Z.max Z.zero (Z.pred t.Ledger.sell.Ledger.time) else now in
              let after = Ledger.two_advance t c now in
              put ([ "advance"; hex now; "=" ] @ outcome state after);
              (keep after, w)
            | 1 | 2 | 3 ->
              let b = match below 6 with
                | 0 -> let p = pick [ l.Ledger.reference; l.Ledger.lowest ] in Ledger.{ low = p; high = p }
                | _ -> some_band () in
              let now = Z.max now w.Ledger.opened in
              (match Ledger.window_observe w b now width with
               | Ledger.Err _ -> (t, w)
               | Ledger.Ok w ->
                 let t = Ledger.two_observe t w in
                 put ([ "observe" ] @ words_of b @ [ hex now; "=" ] @ state t);
                 (t, w))
            | 4 ->
              let after = Ledger.two_reserve t c side impact in
              put ([ "reserve"; named; hex impact; "=" ] @ outcome state after);
              (keep after, w)
            | 5 | 6 ->
              let last = match side with Ledger.Sell -> t.Ledger.bought | Ledger.Buy -> t.Ledger.sold in
              let last = Option.value ~default:now last in
              let shown = pick [ now; now; last; Z.succ last ] in
              let after = Ledger.two_charge t c side impact shown in
              put ([ "charge"; named; hex impact; hex shown; "=" ] @ outcome state after);
              (keep after, w)
            | _ ->
              let needed = Z.shift_right l.Ledger.reserved (below 3) in
              let t = Ledger.two_release_to t side needed in
              put ([ "release"; named; hex needed; "=" ] @ state t);
              (t, w) in
          events t w (n - 1)
        end in
      events (Ledger.two_open b start) (Ledger.window_open b start) 10
  done

(* Appetite: a configuration, then what is lost after each observation of a stress and of seconds. *)

let appetites () =
  seed 8;
  for _ = 1 to 330 do
    let a_floor = pick [ Z.zero; unit; percent 0 100; percent 0 100; percent 0 100; any 49 () ] in
    let start = pick [ a_floor; unit; between a_floor (Z.max a_floor unit); any 49 () ] in
    let hysteresis = pick [ Z.one; Z.shift_right unit 1; Z.succ (Z.shift_right unit 1); percent 0 50; percent 0 50; any 48 () ] in
    let recovery = pick [ Z.one; Z.div (percent 0 100) (z 3_600); Z.div (percent 0 100) (z 60); any 63 () ] in
    let hold = pick [ Z.zero; z (below 300); z (below 300); z 2_592_000; z 2_592_001; any 64 () ] in
    let max_step = pick [ z (1 + below 600); Z.zero; any 64 () ] in
    let p = Appetite.{ a_floor; hysteresis; recovery; hold } in
    let sound = Appetite.appetite_check p start max_step in
    put ([ "appetite" ] @ List.map hex [ a_floor; start; hysteresis; recovery; hold; max_step ] @ [ "=" ]
         @ (if sound then [ "1" ] else [ "-" ]));
    let rec seen state last n =
      if n > 0 then begin
        let near = pick [ last; hysteresis; Z.max Z.zero (Z.sub last hysteresis); Z.min unit (Z.add last hysteresis) ] in
        let x = match below 4 with
          | 0 -> pick (List.filter (fun x -> Z.leq x unit) (around 64 near))
          | 1 -> Z.zero
          | _ -> pick [ between Z.zero unit; percent 0 100; unit ] in
        let seconds = pick [ Z.zero; z (below 100); z (below 2_000); any 58 () ] in
        let after = Appetite.appetite_update p max_step state x seconds in
        put [ "see"; hex x; hex seconds; "="; hex (fst after) ];
        seen after x (n - 1)
      end in
    if sound then seen (Appetite.appetite_open start) Z.zero 12
  done

let () =
  let folder = Sys.argv.(1) in
  List.iter (fun (name, write) ->
      out := open_out (Filename.concat folder (name ^ ".txt"));
      write ();
      close_out !out)
    [ ("kernels", kernels); ("prices", prices); ("health", health); ("auctions", auctions); ("ramps", ramps); ("ledgers", ledgers);
      ("two_sided", two_sided); ("appetites", appetites) ]
