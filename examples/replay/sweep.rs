//! The price of safety: one scenario under many settings of damper's ledger and of its belief in depth.
//!
//! What is varied: own share `h`, burst `B`, leak `r`, haircut. `kappa` stays as declared, since it says what is true
//! of the market and not what is wanted of it.

use crate::config::Knobs;
use crate::exact::Verdict;
use crate::replay::Replay;
use crate::scenario::Scenario;
use damper::Error;

/// Basis points of the own share; of the burst; hundredths of a basis point an hour of the leak; basis points of the
/// haircut. The preset is the third, the second, the second and the third.
pub(crate) const OWN_SHARES: [u32; 5] = [0, 625, 1_250, 1_875, 2_400];
pub(crate) const BURSTS: [u32; 4] = [0, 25, 100, 400];
pub(crate) const LEAKS: [u32; 4] = [0, 100, 1_000, 5_000];
pub(crate) const HAIRCUTS: [u32; 4] = [0, 2_500, 5_000, 7_500];

/// A setting, every part given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) own_share: u32,
    pub(crate) burst: u32,
    pub(crate) leak: u32,
    pub(crate) haircut: u32,
}

impl Setting {
    /// What the preset has.
    pub(crate) const PRESET: Setting = Setting { own_share: 1_250, burst: 25, leak: 100, haircut: 5_000 };

    pub(crate) const fn knobs(self) -> Knobs {
        Knobs {
            own_share: Some(self.own_share),
            burst: Some(self.burst),
            leak: Some(self.leak),
            haircut: Some(self.haircut),
        }
    }

    /// In how many parts it differs from the preset.
    fn distance(self) -> usize {
        let preset = Setting::PRESET;
        [
            self.own_share != preset.own_share,
            self.burst != preset.burst,
            self.leak != preset.leak,
            self.haircut != preset.haircut,
        ]
        .into_iter()
        .filter(|differs| *differs)
        .count()
    }
}

/// A setting and what damper's run came to under it.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) setting: Setting,
    pub(crate) replay: Replay,
}

impl Point {
    /// Total over exogenous, in log-price. For printing and drawing.
    pub(crate) fn amplified(&self) -> f64 {
        let outcome = self.replay.damped();
        outcome.drawdown.to_f64_hi() / outcome.exogenous.to_f64_lo()
    }

    /// Whether the bound's hypotheses hold.
    pub(crate) const fn claimed(&self) -> bool {
        self.replay.kappa.h1_holds
    }

    /// Whether the run kept to the bound.
    pub(crate) fn verdict(&self) -> Verdict {
        self.replay.verdict(self.replay.damped())
    }
}

/// All settings of the grid.
pub(crate) fn grid() -> Vec<Setting> {
    let mut grid = Vec::new();
    for own_share in OWN_SHARES {
        for burst in BURSTS {
            for leak in LEAKS {
                for haircut in HAIRCUTS {
                    grid.push(Setting { own_share, burst, leak, haircut });
                }
            }
        }
    }
    grid
}

/// The settings that differ from the preset in one part, part by part, each part with the preset's own value in its
/// place.
pub(crate) fn one_at_a_time() -> Vec<(&'static str, Vec<Setting>)> {
    let near: Vec<Setting> = grid().into_iter().filter(|setting| setting.distance() <= 1).collect();
    let preset = Setting::PRESET;
    let of = |keep: &dyn Fn(&Setting) -> bool| near.iter().copied().filter(|setting| keep(setting)).collect();
    vec![
        ("own share h", of(&|at| Setting { own_share: preset.own_share, ..*at } == preset)),
        ("burst B", of(&|at| Setting { burst: preset.burst, ..*at } == preset)),
        ("leak r", of(&|at| Setting { leak: preset.leak, ..*at } == preset)),
        ("haircut", of(&|at| Setting { haircut: preset.haircut, ..*at } == preset)),
    ]
}

/// Damper's run under each setting. Calls `tick` once a setting.
pub(crate) fn run(scenario: &Scenario, settings: &[Setting], tick: &dyn Fn()) -> Result<Vec<Point>, Error> {
    let mut points = Vec::new();
    for &setting in settings {
        let at = Scenario { naive: Vec::new(), mechanism: None, knobs: setting.knobs(), ..scenario.clone() };
        points.push(Point { setting, replay: Replay::of(&at, &|| {})? });
        tick();
    }
    Ok(points)
}
