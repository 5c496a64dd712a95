use std::time::Instant;
use wasmtime::{Config, Engine, OptLevel, component::Component};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let files: Vec<(String, Vec<u8>)> = args[2..]
        .iter()
        .map(|f| {
            (
                f.rsplit('/').next().unwrap().to_string(),
                std::fs::read(f).unwrap(),
            )
        })
        .collect();
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(1 << 20)
        .async_stack_size(2 << 20);
    let mut threads = 2;
    for o in args[1].split(',') {
        match o {
            "none" => {
                config.cranelift_opt_level(OptLevel::None);
            }
            "size" => {
                config.cranelift_opt_level(OptLevel::SpeedAndSize);
            }
            "single" => {
                config.cranelift_regalloc_algorithm(wasmtime::RegallocAlgorithm::SinglePass);
            }
            "nomap" => {
                config.generate_address_map(false);
            }
            "noinfo" => {
                config.native_unwind_info(false);
            }
            "seq" => {
                config.parallel_compilation(false);
            }
            "one" => threads = 1,
            _ => {}
        }
    }
    let engine = Engine::new(&config).unwrap();
    for _ in 0..1 {
        let next = std::sync::atomic::AtomicUsize::new(0);
        let begin = Instant::now();
        let size = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|s| {
            for _ in 0..threads {
                s.spawn(|| {
                    loop {
                        let i = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        let Some((name, bytes)) = files.get(i) else {
                            break;
                        };
                        let b = Instant::now();
                        let c = Component::new(&engine, bytes).unwrap();
                        let t = b.elapsed();
                        let code = c.serialize().unwrap();
                        size.fetch_add(code.len(), std::sync::atomic::Ordering::SeqCst);
                        if args[1].contains("each") {
                            println!(
                                "   {name} {} kB {t:?} -> {} kB",
                                bytes.len() / 1000,
                                code.len() / 1000
                            );
                        }
                    }
                });
            }
        });
        println!(
            "{}: {:?} code {} kB",
            args[1],
            begin.elapsed(),
            size.into_inner() / 1000
        );
    }
}
