//! What one instance may use. Crossing a limit is an error of that step and never harms the host.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Limits of one instance. wasmtime itself bounds one answer at 128 MiB, counted as it is copied out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes, all memories together.
    pub memory: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Time that the guest itself computes in one call; waiting in the host does not count.
    pub compute: Duration,
    /// Calls from the guest to the host in one call.
    pub host_calls: u64,
    /// Lines that one instance may log.
    pub log_lines: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: 100_000,
            compute: Duration::from_secs(30),
            host_calls: 5_000_000,
            log_lines: 1_000,
        }
    }
}

/// Which limit was crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Linear memory; bytes allowed.
    #[error("more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// Table elements; number allowed.
    #[error("a table of more than {0} elements")]
    Table(usize),
    /// Compute time.
    #[error("more than {} s of computing", .0.as_secs_f64())]
    Compute(Duration),
    /// Host calls; number allowed.
    #[error("more than {0} calls to the host")]
    HostCalls(u64),
}

/// Counts an instance's memory and remembers the first limit that it crossed.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    memory: usize,
    /// Set by the first refusal; growth that is refused is an ordinary failure for the guest, which then usually traps.
    pub(crate) exceeded: Option<Exceeded>,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            memory: 0,
            exceeded: None,
        }
    }

    /// Bytes of linear memory in use.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current).saturating_add(desired);
        if total > self.limits.memory {
            self.exceeded
                .get_or_insert(Exceeded::Memory(self.limits.memory));
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.limits.table_elements {
            self.exceeded
                .get_or_insert(Exceeded::Table(self.limits.table_elements));
            return Ok(false);
        }
        Ok(true)
    }
}
