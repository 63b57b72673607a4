//! The book that is calibrated for: sixteen even steps, or between the points given.

use crate::arguments::{Arguments, Decimal};
use damper::book::Shape;
use damper::calibrate::even_depth;
use damper::units::Amount;

/// Points of the grid.
pub(crate) const STEPS: usize = 16;

/// The grid up to the farthest point, and the depth at each of its impacts: straight lines through the points given, rounded
/// down. A distance `w` of the price is an impact of `w / (1 - w)`.
pub(crate) fn grid(arguments: &Arguments) -> Result<(Shape<STEPS>, [Amount; STEPS]), String> {
    let default = [(0.02, Decimal { digits: 40_000, decimals: 0 })];
    let given = if arguments.depth_within.is_empty() { &default[..] } else { &arguments.depth_within };
    let mut points = vec![(0.0, 0)];
    for (distance, amount) in given {
        let atoms = amount.atoms(arguments.decimals.0).ok_or("--depth-within: more than 2^128 atoms")?;
        let (impact, last) = (distance / (1.0 - distance), points[points.len() - 1]);
        if impact <= last.0 || atoms < last.1 {
            return Err("--depth-within: distances must rise, and amounts must not fall".to_string());
        }
        points.push((impact, atoms));
    }
    let (farthest, all) = points[points.len() - 1];
    let (shape, mut depth) =
        even_depth::<STEPS>(farthest, Amount::new(all)).map_err(|refusal| format!("--depth-within: {refusal}"))?;
    if points.len() > 2 {
        for (place, amount) in depth.iter_mut().enumerate() {
            *amount = Amount::new(between(&points, farthest * (place + 1) as f64 / STEPS as f64));
        }
    }
    Ok((shape, depth))
}

/// The depth at an impact, on the line between the points beside it.
fn between(points: &[(f64, u128)], impact: f64) -> u128 {
    for pair in points.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        if impact <= to {
            let part = ((impact - from) / (to - from)).clamp(0.0, 1.0);
            // Of sixteen digits the last is cut off.
            return low + (((high - low) as f64 * part * (1.0 - 1e-15)) as u128).min(high - low);
        }
    }
    points[points.len() - 1].1
}
