//! What an instruction fails with.

use market::Refusal;

/// What an instruction comes to.
pub type Outcome = Result<(), Code>;

/// The code of a custom program error: below 65,536 a rule of `damper`, from 100,000 the market, from 200,000 a [`Fault`].
#[derive(Clone, Copy)]
pub struct Code(pub u32);

/// What is wrong with the accounts or the data.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Fault {
    /// The first byte names no instruction.
    Instruction = 200_001,
    /// The data is shorter or longer than the instruction's.
    DataLength = 200_002,
    /// Too few accounts, or too many.
    AccountCount = 200_003,
    /// An account is given twice.
    Duplicate = 200_004,
    /// An account that is not this program's.
    ForeignAccount = 200_005,
    /// An account of another size.
    AccountSize = 200_006,
    /// An account of another kind or version.
    AccountKind = 200_007,
    /// An account that is to be written and is not writable.
    NotWritable = 200_008,
    /// A signature is missing.
    NotSigned = 200_009,
    /// Signed by somebody else.
    WrongSigner = 200_010,
    /// The accounts do not belong together.
    Unrelated = 200_011,
    /// The clock cannot be read, or is before 1970.
    Clock = 200_012,
    /// A flag that is neither zero nor one.
    Flag = 200_013,
    /// Two sources with one authority, or one that is nobody.
    Authorities = 200_014,
}

impl From<Fault> for Code {
    #[inline(always)]
    fn from(fault: Fault) -> Code {
        Code(fault as u32)
    }
}

impl From<Refusal> for Code {
    #[inline(always)]
    fn from(refusal: Refusal) -> Code {
        Code(refusal.code())
    }
}

impl From<damper::Error> for Code {
    #[inline(always)]
    fn from(error: damper::Error) -> Code {
        Code(error.code().into())
    }
}
