(** The executable models as OCaml, one module for each file, integers by zarith. What is listed here is what
    [vectors.ml] runs. *)

Require Extraction.
From Coq Require Import ExtrOcamlBasic ExtrOcamlZBigInt.
From Damper Require Kernels Health Auction Ramp Ledger Appetite.

Extraction Language OCaml.
Set Extraction Optimize.
Separate Extraction
  Kernels.mul_div_floor Kernels.mul_div_ceil Kernels.isqrt_floor Kernels.isqrt_ceil
  Kernels.add128 Kernels.sub128 Kernels.excess
  Kernels.ratio_add Kernels.ratio_sub Kernels.ratio_of_floor Kernels.ratio_of_ceil
  Kernels.ratio_mul_floor Kernels.ratio_mul_ceil Kernels.ratio_div_floor Kernels.ratio_div_ceil
  Kernels.quantity_mul_floor Kernels.quantity_mul_ceil Kernels.rate_over Kernels.rate_over_at_most
  Kernels.share_ceil Kernels.decay_mul_floor Kernels.decay_mul_ceil Kernels.decay_pow_floor Kernels.decay_pow_ceil
  Kernels.decay_to_ratio_floor Kernels.decay_to_ratio_ceil Kernels.decay_from_ratio Kernels.decay_from_half_life_floor
  Kernels.mkPrice Kernels.price_ltb Kernels.price_from_parts
  Kernels.price_from_fraction_floor Kernels.price_from_fraction_ceil
  Kernels.price_from_decimal_floor Kernels.price_from_decimal_ceil
  Kernels.price_value_floor Kernels.price_value_ceil Kernels.price_amount_floor Kernels.price_amount_ceil
  Kernels.price_scale_floor Kernels.price_scale_ceil Kernels.price_div_floor
  Kernels.price_ratio_floor Kernels.price_ratio_ceil Kernels.price_drawdown_floor
  Kernels.mkBand Kernels.band_new Kernels.band_width_ceil
  Health.parameters_check Health.collateral_new Health.mkPosition Health.mkDebt Health.value
  Health.is_healthy Health.may_borrow Health.health_factor_floor Health.ltv_ceil
  Health.position_trigger_price_ceil Health.trigger_price_ceil
  Auction.auction_check Auction.freeze Auction.price_at Auction.needs_reset Auction.time_to
  Auction.clearing_price_floor Auction.lot_open Auction.is_done Auction.take
  Ramp.schedule_new Ramp.schedule_step Ramp.in_force
  Ledger.config_new Ledger.config_shared Ledger.bound_ceil Ledger.window_open Ledger.window_observe
  Ledger.ledger_open Ledger.ledger_advance Ledger.ledger_observe Ledger.ledger_reanchor Ledger.cap Ledger.headroom
  Ledger.ledger_reserve Ledger.ledger_charge Ledger.ledger_release_to Ledger.permitted_at
  Ledger.two_config_new Ledger.two_config_shared Ledger.bound_fall_ceil Ledger.bound_rise_ceil Ledger.two_open
  Ledger.two_advance Ledger.two_observe Ledger.two_reserve Ledger.two_charge Ledger.two_release_to
  Ledger.side_ledger Ledger.side_params
  Appetite.appetite_check Appetite.appetite_open Appetite.appetite_update.
