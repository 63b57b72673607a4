//! The virtual machine, with the system calls that the probe needs, at their prices on chain.

use solana_sbpf::{
    aligned_memory::AlignedMemory,
    declare_builtin_function, ebpf,
    elf::Executable,
    error::EbpfError,
    memory_region::{AccessType, MemoryMapping, MemoryRegion},
    program::BuiltinProgram,
    verifier::RequisiteVerifier,
    vm::{CallFrame, Config, ContextObject, EbpfVm, ExecutionMode},
};
use std::ptr::NonNull;
use std::sync::Arc;

/// What a memory system call costs: 10, or a 250th of the bytes if that is more.
fn memory_units(bytes: u64) -> u64 {
    (bytes / 250).max(10)
}

/// More than any case takes.
const BUDGET: u64 = 100_000_000;

pub struct Context {
    remaining: u64,
    mapping: MemoryMapping,
    marks: Vec<u64>,
}

impl ContextObject for Context {
    fn consume(&mut self, amount: u64) {
        self.remaining = self.remaining.saturating_sub(amount);
    }
    fn get_remaining(&self) -> u64 {
        self.remaining
    }
    fn active_mapping_ptr(&mut self) -> NonNull<MemoryMapping> {
        NonNull::from(&mut self.mapping)
    }
}

impl Context {
    fn host(&self, access: AccessType, address: u64, bytes: u64) -> Result<*mut u8, EbpfError> {
        if bytes == 0 {
            return Ok(NonNull::dangling().as_ptr());
        }
        let mapped: Result<u64, EbpfError> = self.mapping.map(access, address, bytes).into();
        mapped.map(|address| std::ptr::with_exposed_provenance_mut(address as usize))
    }
}

type Outcome = Result<u64, Box<dyn std::error::Error>>;

declare_builtin_function!(
    Mark,
    fn rust(
        context: &mut Context,
        _a: u64,
        _b: u64,
        _c: u64,
        _d: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        let now = context.remaining;
        context.marks.push(now);
        Outcome::Ok(0)
    }
);
declare_builtin_function!(
    Abort,
    fn rust(
        _context: &mut Context,
        _a: u64,
        _b: u64,
        _c: u64,
        _d: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        Outcome::Err("the program panicked".into())
    }
);
declare_builtin_function!(
    Copy,
    fn rust(
        context: &mut Context,
        to: u64,
        from: u64,
        bytes: u64,
        _d: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        if to < from + bytes && from < to + bytes {
            return Outcome::Err("memcpy of overlapping ranges".into());
        }
        Move::rust(context, to, from, bytes, 0, 0)
    }
);
declare_builtin_function!(
    Move,
    fn rust(
        context: &mut Context,
        to: u64,
        from: u64,
        bytes: u64,
        _d: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        context.consume(memory_units(bytes));
        let source = context.host(AccessType::Load, from, bytes)?;
        let target = context.host(AccessType::Store, to, bytes)?;
        // SAFETY: both ranges are mapped.
        unsafe { std::ptr::copy(source, target, bytes as usize) };
        Outcome::Ok(0)
    }
);
declare_builtin_function!(
    Set,
    fn rust(
        context: &mut Context,
        to: u64,
        byte: u64,
        bytes: u64,
        _d: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        context.consume(memory_units(bytes));
        let target = context.host(AccessType::Store, to, bytes)?;
        // SAFETY: the range is mapped.
        unsafe { std::ptr::write_bytes(target, byte as u8, bytes as usize) };
        Outcome::Ok(0)
    }
);
declare_builtin_function!(
    Compare,
    fn rust(
        context: &mut Context,
        a: u64,
        b: u64,
        bytes: u64,
        result: u64,
        _e: u64,
    ) -> Result<u64, Box<dyn std::error::Error>> {
        context.consume(memory_units(bytes));
        let (a, b) = (context.host(AccessType::Load, a, bytes)?, context.host(AccessType::Load, b, bytes)?);
        // SAFETY: both ranges are mapped.
        let (a, b) =
            unsafe { (std::slice::from_raw_parts(a, bytes as usize), std::slice::from_raw_parts(b, bytes as usize)) };
        let difference = a.iter().zip(b).find(|(a, b)| a != b).map_or(0, |(a, b)| i32::from(*a) - i32::from(*b));
        let target = context.host(AccessType::Store, result, 4)?;
        // SAFETY: four bytes are mapped.
        unsafe { target.cast::<i32>().write_unaligned(difference) };
        Outcome::Ok(0)
    }
);

/// One loaded program.
pub struct Machine {
    executable: Executable<Context>,
    loader: Arc<BuiltinProgram<Context>>,
}

/// What a run gives.
pub struct Run {
    /// Compute units between the marks, the call of the empty function not subtracted.
    pub between: Option<u64>,
    /// The result, in words.
    pub words: Vec<u64>,
    /// For each instruction between the marks, its place in the program.
    pub trace: Vec<usize>,
}

impl Machine {
    pub fn load(path: &str, trace: bool) -> Result<Machine, String> {
        let config = Config { enable_register_tracing: trace, ..Config::default() };
        let mut loader = BuiltinProgram::new_loader(config);
        let registered = [
            loader.register_definition::<Mark>("probe_mark"),
            loader.register_definition::<Abort>("abort"),
            loader.register_definition::<Copy>("sol_memcpy_"),
            loader.register_definition::<Move>("sol_memmove_"),
            loader.register_definition::<Set>("sol_memset_"),
            loader.register_definition::<Compare>("sol_memcmp_"),
        ];
        for result in registered {
            result.map_err(|error| error.to_string())?;
        }
        let loader = Arc::new(loader);
        let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        let executable = Executable::load(&bytes, loader.clone()).map_err(|error| format!("{path}: {error}"))?;
        executable.verify::<RequisiteVerifier>().map_err(|error| format!("{path}: {error}"))?;
        Ok(Machine { executable, loader })
    }

    /// The instructions.
    pub fn text(&self) -> &[u8] {
        self.executable.get_text_bytes().1
    }

    /// The entry point, in instructions from the start.
    pub fn entry(&self) -> usize {
        self.executable.get_entrypoint_instruction_offset()
    }

    /// Runs one case on the words given.
    pub fn run(&self, group: u64, case: u64, inputs: &[u64]) -> Result<Run, String> {
        const ROOM: usize = 96;
        let mut data = vec![group, case, inputs.len() as u64];
        data.extend(inputs);
        data.push(ROOM as u64);
        data.extend([0; ROOM]);
        let mut data: Vec<u8> = data.iter().flat_map(|word| word.to_le_bytes()).collect();
        let config = self.executable.get_config();
        let version = self.executable.get_sbpf_version();
        let mut stack = AlignedMemory::<{ ebpf::HOST_ALIGN }>::zero_filled(config.stack_size());
        let mut heap = AlignedMemory::<{ ebpf::HOST_ALIGN }>::zero_filled(32 * 1024);
        let stack_size = stack.len();
        let regions = vec![
            self.executable.get_ro_region(),
            MemoryRegion::new(&mut stack, ebpf::MM_STACK_START),
            MemoryRegion::new(&mut heap, ebpf::MM_HEAP_START),
            MemoryRegion::new(&raw mut data[..], ebpf::MM_INPUT_START),
        ];
        // SAFETY: the memory outlives the run.
        let mapping = unsafe { MemoryMapping::new(regions, config, version) }.map_err(|error| error.to_string())?;
        let mut context = Context { remaining: BUDGET, mapping, marks: Vec::new() };
        let mut frames = vec![CallFrame::default(); config.max_call_depth];
        let (result, trace) = {
            let mut vm = EbpfVm::new(self.loader.clone(), version, &mut context, stack_size);
            vm.registers[1] = ebpf::MM_INPUT_START;
            let (_, result) = vm.execute_program(&self.executable, &mut ExecutionMode::Interpreted, &mut frames);
            (result, std::mem::take(&mut vm.register_trace))
        };
        let written = Result::<u64, EbpfError>::from(result).map_err(|error| error.to_string())?;
        if written >= 1 << 32 {
            return Err(format!("the inputs were refused: error {}", written & 0xffff_ffff));
        }
        let start = (4 + inputs.len()) * 8;
        let words = data[start..].chunks_exact(8).take((written as usize).min(ROOM));
        let words = words.map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default())).collect();
        if written as usize > ROOM {
            return Err(format!("a result of {written} words"));
        }
        let between = match context.marks[..] {
            [first, second] => Some(first - second),
            _ => None,
        };
        let trace = trace.iter().map(|entry| entry[11] as usize).collect();
        Ok(Run { between, words, trace })
    }
}
