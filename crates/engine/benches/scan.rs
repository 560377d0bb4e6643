//! Throughput of the engine over generated text, beside a newline count over the same bytes.
//!
//! `STANCH_BENCH_FOLDER` names a folder whose files are measured too.

use std::{env, fs, hint::black_box, path::Path, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stanch_engine::{Isa, Match, RuleSet, Scanner, ScannerOptions, expand};

/// Bytes of each generated text.
const TEXT_BYTES: usize = 8 << 20;

/// How long each is run, before and while it is measured.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

/// Lines as they stand in source text.
const SOURCE: &[&str] = &[
    "    if (ctx->key_len < ${digit:2}) return -EINVAL; /* the key is too short */\n",
    "static int ${lower:8}_init(struct ${lower:6} *dev, const char *token, size_t len)\n",
    "        self.${lower:9} = request.get(\"${lower:6}\", default=None)\n",
    "const ${lower:7} = await fetch(`/api/${lower:5}/${digit:3}`, { headers });\n",
    "\n",
    "    return Err(Error::${alpha:9}(format!(\"{path}: {error}\")));\n",
];

/// Lines as they stand in logs.
const LOGS: &[&str] = &[
    "2026-03-0${digit:1}T1${digit:1}:0${digit:1}:2${digit:1}.${digit:3}Z INFO ${lower:7}.${lower:5}: request_id=${hex:32} status=200\n",
    "{\"ts\":17${digit:8},\"level\":\"info\",\"trace\":\"${hex:16}\",\"msg\":\"${lower:6} ${lower:4} done\",\"key\":\"${lower:5}\"}\n",
    "10.${digit:2}.${digit:2}.${digit:2} - - \"GET /${lower:6}/${hex:8}-${hex:4}-${hex:4} HTTP/1.1\" 200 ${digit:5}\n",
];

fn generated(lines: &[&str]) -> Vec<u8> {
    let mut text = Vec::with_capacity(TEXT_BYTES + 256);
    for seed in 0.. {
        let line = expand(lines[seed as usize % lines.len()], seed, None).expect("well-formed lines");
        text.extend_from_slice(&line);
        if text.len() >= TEXT_BYTES {
            break;
        }
    }
    text
}

fn read_folder(folder: &Path) -> Vec<u8> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().flat_map(|file| fs::read(file).expect("a readable file")).collect()
}

fn texts() -> Vec<(String, Vec<u8>)> {
    let mut texts = vec![("source".to_owned(), generated(SOURCE)), ("logs".to_owned(), generated(LOGS))];
    if let Some(folder) = env::var_os("STANCH_BENCH_FOLDER") {
        let folder = Path::new(&folder);
        texts.push((folder.display().to_string(), read_folder(folder)));
    }
    texts
}

fn bench(criterion: &mut Criterion) {
    let auto = Scanner::new(RuleSet::embedded());
    let scalar = Scanner::with_options(
        RuleSet::embedded(),
        ScannerOptions { isa: Isa::Scalar, ..ScannerOptions::default() },
    );
    let mut matches: Vec<Match> = Vec::new();
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        group.warm_up_time(WARM_UP).measurement_time(MEASURED);
        group.bench_function("newlines", |bencher| {
            bencher.iter(|| memchr::memchr_iter(b'\n', black_box(&text)).count());
        });
        for (isa, scanner) in [("auto", &auto), ("scalar", &scalar)] {
            let mut scratch = scanner.scratch();
            group.bench_function(isa, |bencher| {
                bencher.iter(|| {
                    matches.clear();
                    scanner.scan(&mut scratch, black_box(&text), &mut matches);
                    matches.len()
                });
            });
        }
        group.finish();
    }
}

/// Texts that try to make the engine slow, in megabytes: each line of the report takes twice as long as the one before if
/// time is linear, and throughput stays the same.
const WORST_MB: [usize; 4] = [1, 2, 4, 8];

/// What a hard text repeats, by its name.
const WORST: &[(&str, &str)] = &[
    ("secrets", "K${digit:4}_PASSWORD=${alnum:20}\n"),
    (
        "minified",
        "function a(b){var d=\"token\";if(b.key===c){return d+\"=\"+b.value}return{password:e,auth:f(g)}}",
    ),
    ("quotes", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""),
    ("prefixes", "ghp_ghp_AKIAAKIA"),
];

fn curve(criterion: &mut Criterion) {
    let scanner = Scanner::new(RuleSet::embedded());
    let mut scratch = scanner.scratch();
    let mut matches: Vec<Match> = Vec::new();
    for (name, line) in WORST {
        let mut group = criterion.benchmark_group(format!("curve/{name}"));
        group.sample_size(10).warm_up_time(WARM_UP).measurement_time(MEASURED);
        let whole = generated(&[line]);
        for size in WORST_MB {
            let text = &whole[..size << 20];
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format!("{size} MB"), |bencher| {
                bencher.iter(|| {
                    matches.clear();
                    scanner.scan(&mut scratch, black_box(text), &mut matches);
                    matches.len()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, bench, curve);
criterion_main!(benches);
