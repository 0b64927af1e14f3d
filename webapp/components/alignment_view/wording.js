// How a figure speaks of its numbers where the page says it: “noir” looked at “the”: 1.1 %.

// A share in per cent, as webapp.figures.scenes.wording writes it: whole from 10 on, and never rounded to nothing.
export function percent(share) {
  if (share > 0 && share < 0.0005) return "<0.1";
  return share > 0.0995 || !share ? (100 * share).toFixed(0) : (100 * share).toFixed(1);
}

// A value with its unit, as text: by the form that the page gives ("{value} %"), else the number and the unit.
export function written(value, { form, unit }) {
  if (!form) return `${value} ${unit}`;
  const number = form.includes("%") ? percent(Number(value)) : String(value).replace(/^-/, "−");
  return form.replace("{value}", () => number);
}

// A sentence with {row}, {column} and {value} in it, as parts: plain text goes through `plain`, the rest as it is.
export function filled(sentence, values, plain) {
  return sentence
    .split(/(\{(?:row|column|value)\})/)
    .filter(Boolean)
    .map((part) => (/^\{\w+\}$/.test(part) ? values[part.slice(1, -1)] : plain(part)));
}
