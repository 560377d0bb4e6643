//! Numbers as people read them.

/// A count with groups of three digits: `12,430`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted: `1 exposure`, `3 exposures`.
pub fn counted(number: u64, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {one}{ending}", count(number))
}

/// A share of one in percent with one decimal, without a needless one: `95 %`, `99.5 %`.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    if tenths.fract() == 0.0 { format!("{tenths:.0} %") } else { format!("{tenths:.1} %") }
}

/// A sum of money without decimals: `€ 41,400`.
pub fn money(amount: f64, currency: &str) -> String {
    let whole = amount.abs().round();
    let sign = if amount < 0.0 { "−" } else { "" };
    format!("{sign}{currency} {}", group(&format!("{whole:.0}")))
}

/// A number with as few decimals as it needs, two at most: `3`, `4.5`.
pub fn decimal(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn group(digits: &str) -> String {
    digits.parse().map_or_else(|_| digits.to_owned(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [count(7), count(430), count(1_000), count(12_345_678)],
            ["7", "430", "1,000", "12,345,678"]
        );
        assert_eq!(
            [percent(0.95), percent(0.9949), decimal(4.50), decimal(3.0)],
            ["95 %", "99.5 %", "4.5", "3"]
        );
        assert_eq!([money(41_400.4, "€"), money(-3.0, "€")], ["€ 41,400", "−€ 3"]);
        assert_eq!([counted(1, "leak"), counted(2, "leak")], ["1 leak", "2 leaks"]);
    }
}
