//! A call of every public function of damper, with arguments of which the compiler knows nothing but their type.
//!
//! Nothing of this runs. It is compiled and linked, and what is linked is searched for panics.
#![no_std]

mod calls;
mod planted;

/// Calls every public function of damper, with arrays of one and of `LARGE`.
pub fn all<const LARGE: usize>() {
    calls::all::<LARGE>();
    planted::all();
}

use core::hint::black_box;
use core::mem::MaybeUninit;

/// Any value of a type: any bits that the type can have, whatever a constructor would have refused.
#[inline(always)]
fn any<T>() -> T {
    // SAFETY: nothing of this runs. To the compiler the memory has been written where it cannot see.
    unsafe { black_box(MaybeUninit::<T>::uninit()).assume_init() }
}

/// A function of any number of arguments.
pub trait Call<Signature> {
    fn call(self);
}

macro_rules! calls {
    ($($argument:ident)*) => {
        impl<Function, Output, $($argument),*> Call<fn($($argument),*) -> Output> for Function
        where
            Function: FnOnce($($argument),*) -> Output,
        {
            #[inline(never)]
            fn call(self) {
                black_box(self($(any::<$argument>()),*));
            }
        }
    };
}

calls!();
calls!(A);
calls!(A B);
calls!(A B C);
calls!(A B C D);
calls!(A B C D E);
calls!(A B C D E F);

/// Calls a function with any arguments, and uses its result.
fn call<Signature>(function: impl Call<Signature>) {
    function.call();
}
