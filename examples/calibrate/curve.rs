//! The trade-off: what each threshold promises, as a table and for the plot.

use damper::calibrate::{Known, Promise, Wanted, calibrate};
use damper::units::Value;
use std::path::Path;

/// What is promised of each whole per cent that a configuration has.
pub(crate) fn of<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Vec<(u32, Promise)> {
    let whole = |percent: u32| {
        // So that nothing is refused for its bad debt.
        let wanted = Wanted { threshold: Some(f64::from(percent) / 100.0), bad_debt: Value::new(u128::MAX), ..*wanted };
        Some((percent, calibrate(known, &wanted).ok()?.promise))
    };
    (1..100).filter_map(whole).collect()
}

/// Writes it as rows.
pub(crate) fn write(file: &Path, curve: &[(u32, Promise)], tolerated: Value) -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_path(file).map_err(|error| format!("{}: {error}", file.display()))?;
    writer.write_record(["threshold_percent", "sold_in_time_base", "relieved", "bad_debt", "tolerated"])?;
    for (percent, promise) in curve {
        let row = [
            percent.to_string(),
            promise.sale.get().to_string(),
            promise.relieved.get().to_string(),
            promise.bad_debt.get().to_string(),
            (promise.bad_debt <= tolerated).to_string(),
        ];
        writer.write_record(row)?;
    }
    writer.flush()?;
    Ok(())
}
