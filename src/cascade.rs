//! Prediction of cascades: loop gain and the natural fixed point.
