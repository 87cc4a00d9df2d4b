//! Plots for the documentation: lines over an axis, as SVG that looks the same on light and dark pages.

use std::fmt::Write as _;

use crate::spread::shown;

/// One plot.
#[derive(Debug)]
pub(crate) struct Plot {
    /// Its file, without folder and extension.
    pub(crate) file: &'static str,
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

/// How figures lie on an axis, and what they count.
#[derive(Debug)]
pub(crate) enum Axis {
    /// Powers of ten at equal distances.
    Logarithmic(&'static str),
    /// From nought to a round number above the largest figure.
    FromNought(&'static str),
    /// Named places: 0, 1, 2 and so on.
    Places(Vec<String>),
}

/// One line.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 52.0;

/// Apart for those who do not tell red from green, too; the last line of a plot is ours, and has the last colour.
const COLOURS: [&str; 2] = ["#767676", "#0b62c4"];

impl Plot {
    /// Draws it.
    pub(crate) fn draw(&self) -> String {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Scale::new(&self.x, points().map(|(x, _)| *x), (LEFT, WIDTH - RIGHT));
        let y = Scale::new(&self.y, points().map(|(_, y)| *y), (HEIGHT - BOTTOM, TOP));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#333\">\n\
             <title>{}</title>\n\
             <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"#fff\" stroke=\"#ddd\"/>\n\
             <text x=\"20\" y=\"30\" font-size=\"15\" font-weight=\"600\">{}</text>\n",
            escaped(&self.title),
            WIDTH - 1.0,
            HEIGHT - 1.0,
            escaped(&self.title)
        );
        for (at, label) in &y.ticks {
            line(&mut svg, (LEFT, *at), (WIDTH - RIGHT, *at), "#e6e6e6");
            text(&mut svg, (LEFT - 10.0, at + 4.5), "end", label);
        }
        for (at, label) in &x.ticks {
            line(&mut svg, (*at, HEIGHT - BOTTOM), (*at, HEIGHT - BOTTOM + 5.0), "#999");
            text(&mut svg, (*at, HEIGHT - BOTTOM + 21.0), "middle", label);
        }
        text(&mut svg, (WIDTH - RIGHT, HEIGHT - 10.0), "end", self.x.unit());
        text(&mut svg, (20.0, TOP - 14.0), "start", self.y.unit());
        let colours = &COLOURS[COLOURS.len().saturating_sub(self.series.len())..];
        let mut legend_x = WIDTH - RIGHT;
        for (series, colour) in self.series.iter().zip(colours).rev() {
            legend_x = name(&mut svg, series.name, colour, legend_x);
        }
        for (series, colour) in self.series.iter().zip(colours) {
            series.draw(&mut svg, (&x, &y), colour);
        }
        svg + "</svg>\n"
    }
}

impl Series {
    fn draw(&self, svg: &mut String, (x, y): (&Scale, &Scale), colour: &str) {
        let places: Vec<_> = self.points.iter().map(|&(at, figure)| (x.place(at), y.place(figure))).collect();
        let path: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        add(
            svg,
            &format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>",
                path.join(" ")
            ),
        );
        for ((x, y), (_, figure)) in places.iter().zip(&self.points) {
            add(
                svg,
                &format!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"><title>{}: {}</title></circle>",
                    escaped(self.name),
                    shown(*figure)
                ),
            );
        }
    }
}

impl Axis {
    fn unit(&self) -> &str {
        match self {
            Self::Logarithmic(unit) | Self::FromNought(unit) => unit,
            Self::Places(_) => "",
        }
    }
}

/// Where figures lie between two ends of the picture.
struct Scale {
    is_logarithmic: bool,
    least: f64,
    most: f64,
    ends: (f64, f64),
    /// Places in the picture with what stands there.
    ticks: Vec<(f64, String)>,
}

impl Scale {
    fn new(axis: &Axis, figures: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let (low, high) =
            figures.fold((f64::MAX, f64::MIN), |(low, high), figure| (low.min(figure), high.max(figure)));
        let (is_logarithmic, least, most, marks) = match axis {
            Axis::Logarithmic(_) => {
                let (least, most) = (below(low), below(high / 1.000_001) * 10.0);
                let marks = marks_between(least, most).map(|mark| (mark, shown_briefly(mark))).collect();
                (true, least, most, marks)
            }
            Axis::FromNought(_) => {
                let step = round_step(high / 4.0);
                let most = (high / step).ceil() * step;
                let marks = (0..=9).map(|n| f64::from(n) * step).take_while(|mark| *mark <= most * 1.001);
                (false, 0.0, most, marks.map(|mark| (mark, shown_briefly(mark))).collect::<Vec<_>>())
            }
            Axis::Places(names) => {
                let marks: Vec<_> = (0..).map(f64::from).zip(names.iter().cloned()).collect();
                // Half a place of room at both ends.
                let most = marks.last().map_or(0.5, |(last, _)| last + 0.5);
                (false, -0.5, most, marks)
            }
        };
        let mut scale = Self { is_logarithmic, least, most, ends, ticks: Vec::new() };
        scale.ticks = marks.into_iter().map(|(mark, label)| (scale.place(mark), label)).collect();
        scale
    }

    fn place(&self, figure: f64) -> f64 {
        let part = if self.is_logarithmic {
            (figure / self.least).log10() / (self.most / self.least).log10()
        } else {
            (figure - self.least) / (self.most - self.least)
        };
        part.mul_add(self.ends.1 - self.ends.0, self.ends.0)
    }
}

/// Returns the power of ten that is not above a figure.
fn below(figure: f64) -> f64 {
    10f64.powf((figure.max(1e-9).log10() + 1e-9).floor())
}

fn marks_between(least: f64, most: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(least), |mark| Some(mark * 10.0)).take_while(move |mark| *mark <= most * 1.001)
}

/// Returns 1, 2 or 5 times a power of ten, not below `step`.
fn round_step(step: f64) -> f64 {
    let unit = below(step);
    [1.0, 2.0, 5.0].into_iter().map(|times| times * unit).find(|round| step <= *round).unwrap_or(unit * 10.0)
}

/// Shows a round number without a point where it needs none.
fn shown_briefly(mark: f64) -> String {
    match mark {
        _ if 1e6 <= mark => format!("{} million", mark / 1e6),
        _ if 1e3 <= mark => shown(mark),
        _ => format!("{}", (mark * 1e6).round() / 1e6),
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    add(
        svg,
        &format!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"/>",
            from.0, from.1, to.0, to.1
        ),
    );
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, words: &str) {
    if !words.is_empty() {
        let words = escaped(words);
        add(
            svg,
            &format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{words}</text>", at.0, at.1),
        );
    }
}

/// Writes the name of a series to the left of `end`, and returns where the next one may end.
fn name(svg: &mut String, words: &str, colour: &str, end: f64) -> f64 {
    let width = 7.0 * f64::from(u32::try_from(words.chars().count()).unwrap_or(0));
    text(svg, (end, TOP - 20.0), "end", words);
    let mark = end - width - 12.0;
    add(svg, &format!("<circle cx=\"{mark:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"{colour}\"/>", TOP - 24.5));
    mark - 24.0
}

fn add(svg: &mut String, element: &str) {
    writeln!(svg, "{element}").expect("a string takes all");
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_lie_where_the_axis_says() {
        let scale =
            Scale::new(&Axis::Logarithmic("checks"), [1_000.0, 1_000_000.0].into_iter(), (0.0, 300.0));
        assert!((scale.place(10_000.0) - 100.0).abs() < 1e-6);
        let labels: Vec<_> = scale.ticks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["1,000", "10,000", "100,000", "1 million"]);
        let scale = Scale::new(&Axis::FromNought(""), [7.0, 33.0].into_iter(), (0.0, 400.0));
        assert!((scale.place(20.0) - 200.0).abs() < 1e-6);
        assert_eq!(scale.ticks.last().unwrap().1, "40");
    }

    #[test]
    fn a_plot_shows_every_figure() {
        let plot = Plot {
            file: "latency",
            title: "A & B".to_owned(),
            x: Axis::Places(vec!["p50".to_owned(), "p99".to_owned()]),
            y: Axis::Logarithmic("milliseconds"),
            series: vec![Series { name: "ours", points: vec![(0.0, 0.2), (1.0, 3.0)] }],
        };
        let svg = plot.draw();
        assert!(
            svg.contains("A &amp; B") && svg.contains(">p99</text>") && svg.contains(">0.1</text>"),
            "{svg}"
        );
        assert_eq!(svg.matches("<circle").count(), 2 + 1);
    }
}
