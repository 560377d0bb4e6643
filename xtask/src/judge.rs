//! Training of the learned judge, and what it is worth on repositories it has not seen.

mod boost;
mod corpus;
mod report;
mod samples;
mod train;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use self::{
    corpus::Corpus,
    report::{Opinion, findings, print_learning_curve, print_scores},
    samples::{Row, lexicon, rows},
    train::{calibrate, train},
};
use crate::{
    random::Random,
    shell::{root, say},
};

/// Parts into which repositories fall: each part is judged by what was learned from the others.
const FOLDS: usize = 5;
/// Where the judge is kept.
const JUDGE: &str = "judge/judge.bin";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folders with `data/<repository>/…` and `labels.jsonl`, as `CredData` and `make-credentials` lay them out. One
    /// without `labels.jsonl` holds ordinary projects.
    #[arg(required = true)]
    data: Vec<PathBuf>,
    /// Also write the findings of cross-validation here, for a scorer: they hold values of the data in clear.
    #[arg(long, value_name = "FILE")]
    out_of_fold: Option<PathBuf>,
    /// Also tell how the score grows with the number of repositories.
    #[arg(long)]
    learning_curve: bool,
    /// Only cross-validate: leave the judge as it is.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let corpus = Corpus::read(&args.data)?;
    say(&format!("{} repositories, {} labels", corpus.repositories.len(), corpus.labels.len()));
    let opinions = cross_validate(&corpus, 1.0);
    let calibration = calibrate(&opinions);
    print_scores(&corpus, &opinions, calibration);
    if let Some(file) = &args.out_of_fold {
        fs::write(file, findings(&corpus, &opinions, calibration))
            .with_context(|| file.display().to_string())?;
    }
    if args.learning_curve {
        let score = |share: f64| (share, cross_validate(&corpus, share));
        print_learning_curve(&corpus, &[0.25, 0.5, 0.75, 1.0].map(score), calibration);
    }
    if args.dry_run {
        return Ok(());
    }
    write_judge(&corpus, calibration)
}

/// Trains on everything and writes the judge.
fn write_judge(corpus: &Corpus, calibration: (f32, f32)) -> Result<()> {
    let all: Vec<&str> = corpus.repositories.keys().map(String::as_str).collect();
    let lexicon = lexicon(corpus, &all);
    let rows = rows(corpus, &all, &lexicon);
    let mut judge = train(&rows, lexicon);
    judge.calibration = calibration;
    let bytes = postcard::to_allocvec(&judge)?;
    let file = root().join(JUDGE);
    fs::write(&file, &bytes).with_context(|| file.display().to_string())?;
    let ((trees, nodes), (places, _)) = (judge.near.size(), judge.place.size());
    let denied = rows.iter().filter(|row| judge.units(&row.features, &row.path).is_none()).count();
    say(&format!("{denied} candidates denied early, by {:?}", judge.steps));
    say(&format!(
        "{JUDGE}: {} bytes, {trees} + {places} trees, {nodes} nodes, {} candidates",
        bytes.len(),
        rows.len()
    ));
    Ok(())
}

/// What is thought of each candidate by a judge that saw no candidate, word or letter of its repository. Only a `share`
/// of the other repositories is learned from.
fn cross_validate(corpus: &Corpus, share: f64) -> Vec<Opinion> {
    let names: Vec<&str> = corpus.repositories.keys().map(String::as_str).collect();
    let mut opinions = Vec::new();
    for fold in 0..FOLDS {
        let part = |is_held_out: bool| -> Vec<&str> {
            let numbered = names.iter().enumerate();
            numbered.filter(|(at, _)| (at % FOLDS == fold) == is_held_out).map(|(_, name)| *name).collect()
        };
        let (mut seen, held_out) = (part(false), part(true));
        let mut random = Random::new(fold as u64);
        seen.retain(|_| random.unit() < share);
        let lexicon = lexicon(corpus, &seen);
        let unseen: Vec<Row> = rows(corpus, &held_out, &lexicon);
        let judge = train(&rows(corpus, &seen, &lexicon), lexicon);
        opinions.extend(unseen.into_iter().map(|row| Opinion::of(&judge, row)));
    }
    opinions
}
