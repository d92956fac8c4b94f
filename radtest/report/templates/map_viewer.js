"use strict";
(async () => {
  const box = document.querySelector('[data-view="map"]');
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  if (typeof DecompressionStream === "undefined") return; // The still picture stays.

  async function unpacked(name) {
    const bytes = Uint8Array.from(atob(part(name).textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // A cell is a byte: the place of its worst outcome in the lowest three bits, above it the share of its upsets that
  // came to that, in 31sts.
  const about = JSON.parse(new TextDecoder().decode(await unpacked("about")));
  const cells = await unpacked("cells");
  const { lines, columns, bits, cycles, bitsPerLine, cyclesPerColumn, firstCycle, names, registers, modules } = about;
  const FULL = 31;
  const TOP = 6, RIGHT = 24, BOTTOM = 40;
  const FEWEST_COLUMNS = Math.min(columns, 6), FEWEST_LINES = Math.min(lines, 4);
  const INK = "#1c2430", QUIET = "#5a6675";
  const canvas = part("canvas"), tip = part("tip"), status = part("status");
  const context = canvas.getContext("2d");
  const number = (value) => value.toLocaleString("en");
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  const rgb = about.colours.map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const palette = new Uint32Array(rgb.length * (FULL + 1));
  rgb.forEach((colour, outcome) => {
    for (let level = 0; level <= FULL; level++) {
      const strength = about.palest + ((1 - about.palest) * level) / FULL;
      const [r, g, b] = colour.map((value, n) => Math.round(strength * value + (1 - strength) * rgb[0][n]));
      const pixel = new Uint8Array([r, g, b, 255]);
      palette[outcome * (FULL + 1) + level] = new Uint32Array(pixel.buffer)[0];
    }
  });
  const ranks = about.outcomes.map((_, outcome) => outcome);

  // What is in view, in columns and lines, and the size of the picture in dots of the screen.
  const view = { left: 0, right: columns, top: 0, bottom: lines };
  let ratio = 1, gutter = 190, width = 1, height = 1, wanted = false, crossed = false;

  function edges(low, high, dots, count) {
    const places = new Int32Array(dots + 1);
    for (let n = 0; n <= dots; n++) places[n] = Math.min(count, Math.floor(low + ((high - low) * n) / dots));
    return places;
  }

  // The worst outcome among the cells of a dot, its share in 31sts, how many cells, and where the first of them is.
  function worstOf(firstLine, lastLine, firstColumn, lastColumn) {
    let worst = -1, share = 0, count = 0, line = firstLine, column = firstColumn;
    for (let y = firstLine; y < lastLine; y++) {
      for (let x = firstColumn, at = y * columns + firstColumn; x < lastColumn; x++, at++) {
        const rank = ranks[cells[at] & 7];
        if (rank > worst) {
          worst = rank;
          share = 0;
          line = y;
          column = x;
        }
        if (rank === worst) share += cells[at] >> 3;
        count++;
      }
    }
    return { worst, share: share / count, count, line, column };
  }

  function paint() {
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const across = edges(view.left, view.right, width, columns), down = edges(view.top, view.bottom, height, lines);
    for (let y = 0; y < height; y++) {
      const firstLine = Math.min(lines - 1, down[y]), lastLine = Math.max(firstLine + 1, down[y + 1]);
      const start = y * width;
      if (y && down[y] === down[y - 1] && lastLine === Math.max(firstLine + 1, down[y])) {
        pixels.copyWithin(start, start - width, start);
        continue;
      }
      for (let x = 0; x < width; x++) {
        const first = Math.min(columns - 1, across[x]), last = Math.max(first + 1, across[x + 1]);
        let worst = -1, share = 0;
        for (let line = firstLine; line < lastLine; line++) {
          for (let at = line * columns + first, end = line * columns + last; at < end; at++) {
            const rank = ranks[cells[at] & 7];
            if (rank > worst) {
              worst = rank;
              share = cells[at] >> 3;
            } else if (rank === worst) share += cells[at] >> 3;
          }
        }
        const level = Math.round(share / ((lastLine - firstLine) * (last - first)));
        pixels[start + x] = palette[worst * (FULL + 1) + level];
      }
    }
    context.putImageData(image, Math.round(gutter * ratio), Math.round(TOP * ratio));
  }

  const shownWidth = () => width / ratio, shownHeight = () => height / ratio;
  const xOf = (column) => gutter + ((column - view.left) / (view.right - view.left)) * shownWidth();
  const yOf = (line) => TOP + ((line - view.top) / (view.bottom - view.top)) * shownHeight();

  function fitted(text, room) {
    if (context.measureText(text).width <= room) return text;
    let kept = text.length - 1;
    while (kept > 1 && context.measureText("…" + text.slice(-kept)).width > room) kept--;
    return "…" + text.slice(-kept);
  }

  function rule(y, colour, from) {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(from, Math.round(y) + 0.5);
    context.lineTo(gutter + shownWidth(), Math.round(y) + 0.5);
    context.stroke();
  }

  function labelBits() {
    const lineHeight = shownHeight() / (view.bottom - view.top);
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = INK;
    if (bitsPerLine === 1 && lineHeight >= 13) {
      for (let line = Math.floor(view.top); line < Math.min(lines, Math.ceil(view.bottom)); line++) {
        const y = yOf(line + 0.5);
        if (y > TOP + 4 && y < TOP + shownHeight() - 4) context.fillText(fitted(names[line], gutter - 16), gutter - 8, y);
      }
    } else {
      const seen = registers
        .map(([name, first, count]) => {
          const low = Math.max(view.top, first / bitsPerLine);
          const high = Math.min(view.bottom, (first + count) / bitsPerLine);
          return { name, room: high - low, y: yOf((low + high) / 2) };
        })
        .filter((band) => band.room > 0)
        .sort((one, other) => other.room - one.room);
      const taken = [];
      for (const band of seen) {
        if (taken.length > 80) break;
        if (taken.some((y) => Math.abs(y - band.y) < 15)) continue;
        taken.push(band.y);
        context.fillText(fitted(band.name, gutter - 16), gutter - 8, band.y);
      }
    }
    for (let line = Math.ceil(view.top); lineHeight >= 13 && line < view.bottom; line++) {
      rule(yOf(line), "rgba(255, 255, 255, 0.7)", gutter);
    }
    for (const [, first, count] of registers) {
      const y = yOf(first / bitsPerLine);
      if (y > TOP && y < TOP + shownHeight() && (count / bitsPerLine) * lineHeight >= 5) {
        rule(y, "rgba(28, 36, 48, 0.35)", gutter - 5);
      }
    }
    for (const [, first] of modules.slice(1)) {
      const y = yOf(first / bitsPerLine);
      if (y > TOP && y < TOP + shownHeight()) {
        rule(y, INK, gutter - 5);
        rule(y + 1, INK, gutter - 5);
      }
    }
  }

  function labelCycles() {
    const cycleWidth = shownWidth() / ((view.right - view.left) * cyclesPerColumn);
    const low = firstCycle + view.left * cyclesPerColumn;
    const high = Math.min(firstCycle + view.right * cyclesPerColumn, firstCycle + cycles);
    let step = 10 ** Math.ceil(Math.log10(70 / cycleWidth));
    if (step >= 10 && (step / 5) * cycleWidth >= 70) step /= 5;
    else if (step >= 10 && (step / 2) * cycleWidth >= 70) step /= 2;
    step = Math.max(1, step);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillStyle = INK;
    context.strokeStyle = INK;
    const middle = cycleWidth >= 12 ? 0.5 : 0;
    for (let cycle = Math.ceil(low / step) * step; cycle < high; cycle += step) {
      const x = xOf((cycle + middle - firstCycle) / cyclesPerColumn);
      if (x > gutter + shownWidth()) break;
      context.beginPath();
      context.moveTo(Math.round(x) + 0.5, TOP + shownHeight());
      context.lineTo(Math.round(x) + 0.5, TOP + shownHeight() + 5);
      context.stroke();
      context.fillText(number(cycle), x, TOP + shownHeight() + 7);
    }
    context.fillStyle = QUIET;
    context.fillText("clock cycle of the upset", gutter + shownWidth() / 2, TOP + shownHeight() + 24);
  }

  function draw() {
    wanted = false;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineWidth = 1;
    labelBits();
    labelCycles();
    if (crossed) {
      const x = gutter + shownWidth() / 2, y = TOP + shownHeight() / 2;
      for (const [colour, thick] of [["#ffffff", 4], [INK, 1.5]]) {
        context.strokeStyle = colour;
        context.lineWidth = thick;
        context.beginPath();
        context.moveTo(x - 9, y);
        context.lineTo(x + 9, y);
        context.moveTo(x, y - 9);
        context.lineTo(x, y + 9);
        context.stroke();
      }
    }
    canvas.style.touchAction = isWhole() ? "auto" : "none";
  }

  function redraw() {
    if (!wanted) requestAnimationFrame(draw);
    wanted = true;
  }

  const isWhole = () => view.left === 0 && view.right === columns && view.top === 0 && view.bottom === lines;

  function look(left, right, top, bottom) {
    const across = clamp(right - left, FEWEST_COLUMNS, columns), down = clamp(bottom - top, FEWEST_LINES, lines);
    view.left = clamp(left, 0, columns - across);
    view.right = view.left + across;
    view.top = clamp(top, 0, lines - down);
    view.bottom = view.top + down;
    redraw();
  }

  // Zoom by a factor about a place, given as shares of the picture.
  function zoom(acrossBy, downBy, x = 0.5, y = 0.5) {
    const across = clamp((view.right - view.left) * acrossBy, FEWEST_COLUMNS, columns);
    const down = clamp((view.bottom - view.top) * downBy, FEWEST_LINES, lines);
    const left = view.left + (view.right - view.left - across) * x;
    const top = view.top + (view.bottom - view.top - down) * y;
    look(left, left + across, top, top + down);
  }

  function move(across, down) {
    look(view.left + across, view.right + across, view.top + down, view.bottom + down);
  }

  const cellName = (line) => {
    const first = line * bitsPerLine, last = Math.min(bits, first + bitsPerLine) - 1;
    return first === last ? names[first] : `${names[first]} … ${names[last]}`;
  };
  const cellCycles = (column) => {
    const first = firstCycle + column * cyclesPerColumn;
    const last = Math.min(firstCycle + cycles, first + cyclesPerColumn) - 1;
    return first === last ? `cycle ${number(first)}` : `cycles ${number(first)} to ${number(last)}`;
  };
  // What is at a dot of the picture: the worst of its upsets, and how many there are.
  function told(x, y) {
    const across = (view.right - view.left) / width, down = (view.bottom - view.top) / height;
    const firstColumn = clamp(Math.floor(view.left + x * across), 0, columns - 1);
    const firstLine = clamp(Math.floor(view.top + y * down), 0, lines - 1);
    const lastColumn = clamp(Math.floor(view.left + (x + 1) * across), firstColumn + 1, columns);
    const lastLine = clamp(Math.floor(view.top + (y + 1) * down), firstLine + 1, lines);
    const found = worstOf(firstLine, lastLine, firstColumn, lastColumn);
    const outcome = about.outcomes[cells[found.line * columns + found.column] & 7];
    const text = [cellName(found.line), cellCycles(found.column), outcome];
    const unshown = found.worst === 0 && ranks.some((rank, n) => rank !== n);
    if (found.count > 1 && unshown) text[2] = "masked, or not shown";
    else if (found.count > 1 && about.whole) {
      const many = Math.round((found.share * found.count) / FULL);
      text.push(`${number(many)} of the ${number(found.count)} upsets under this dot; none is worse`);
    } else if (!about.whole) {
      const many = Math.max(1, Math.round((100 * found.share) / FULL));
      text.push(`about ${many} % of the ${number(found.count * bitsPerLine * cyclesPerColumn)} upsets here; none is worse`);
    }
    return text;
  }

  function showTip(x, y) {
    const dotX = clamp(Math.floor((x - gutter) * ratio), 0, width - 1);
    const dotY = clamp(Math.floor((y - TOP) * ratio), 0, height - 1);
    const text = told(dotX, dotY);
    tip.textContent = text.join("\n");
    tip.hidden = false;
    const stage = canvas.getBoundingClientRect();
    tip.style.left = `${clamp(x + 14, 0, stage.width - tip.offsetWidth)}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > stage.height ? y - tip.offsetHeight - 12 : y + 18}px`;
    return text;
  }

  function tellView(extra = "") {
    const lastLine = Math.min(lines, Math.ceil(view.bottom)) - 1, firstLine = Math.floor(view.top);
    const firstBit = firstLine * bitsPerLine, lastBit = Math.min(bits, (lastLine + 1) * bitsPerLine) - 1;
    const from = firstCycle + Math.floor(view.left) * cyclesPerColumn;
    const to = Math.min(firstCycle + cycles, firstCycle + Math.ceil(view.right) * cyclesPerColumn) - 1;
    const shown = `${number(lastBit - firstBit + 1)} of ${number(bits)} bits (${names[firstBit]} to ${names[lastBit]}), `;
    status.textContent = `${shown}cycles ${number(from)} to ${number(to)}${extra}`;
  }

  function hideTip() {
    tip.hidden = true;
    if (crossed) {
      crossed = false;
      redraw();
    }
  }

  const place = (event) => {
    const stage = canvas.getBoundingClientRect();
    return { x: event.clientX - stage.left, y: event.clientY - stage.top };
  };
  const inPicture = ({ x, y }) => x >= gutter && x < gutter + shownWidth() && y >= TOP && y < TOP + shownHeight();

  canvas.addEventListener(
    "wheel",
    (event) => {
      const at = place(event), delta = event.deltaY || event.deltaX; // With Shift some browsers turn the wheel sideways.
      if (!inPicture(at) || !delta || event.ctrlKey || (delta > 0 && isWhole())) return;
      event.preventDefault();
      const factor = Math.exp(clamp(delta * (event.deltaMode ? 24 : 1), -300, 300) * 0.002);
      zoom(
        event.altKey ? 1 : factor,
        event.shiftKey ? 1 : factor,
        (at.x - gutter) / shownWidth(),
        (at.y - TOP) / shownHeight(),
      );
      hideTip();
      showTip(at.x, at.y);
      tellView();
    },
    { passive: false },
  );

  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !inPicture(place(event))) return;
    dragged = place(event);
    canvas.setPointerCapture(event.pointerId);
    hideTip();
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (dragged) {
      move(
        ((dragged.x - at.x) / shownWidth()) * (view.right - view.left),
        ((dragged.y - at.y) / shownHeight()) * (view.bottom - view.top),
      );
      dragged = at;
    } else if (inPicture(at)) {
      if (crossed) hideTip();
      showTip(at.x, at.y);
    } else if (!crossed) hideTip();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (dragged) tellView();
      dragged = null;
    });
  }
  canvas.addEventListener("pointerleave", () => crossed || hideTip());
  canvas.addEventListener("blur", hideTip);
  canvas.addEventListener("dblclick", (event) => {
    const at = place(event);
    if (!inPicture(at)) return;
    zoom(0.5, 0.5, (at.x - gutter) / shownWidth(), (at.y - TOP) / shownHeight());
    tellView();
  });

  const reset = () => look(0, columns, 0, lines);
  const step = () => [(view.right - view.left) / 8, (view.bottom - view.top) / 8];
  const keys = {
    "+": () => zoom(0.7, 0.7),
    "=": () => zoom(0.7, 0.7),
    "-": () => zoom(1 / 0.7, 1 / 0.7),
    _: () => zoom(1 / 0.7, 1 / 0.7),
    "−": () => zoom(1 / 0.7, 1 / 0.7),
    ArrowLeft: () => move(-step()[0], 0),
    ArrowRight: () => move(step()[0], 0),
    ArrowUp: () => move(0, -step()[1]),
    ArrowDown: () => move(0, step()[1]),
    0: reset,
    Home: reset,
  };
  canvas.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
    crossed = true;
    redraw();
    const middle = showTip(gutter + shownWidth() / 2, TOP + shownHeight() / 2);
    tellView(`; in the middle: ${middle.join(", ")}`);
  });

  const press = (name, action) =>
    part(name).addEventListener("click", () => {
      action();
      hideTip();
      tellView();
    });
  press("in", () => zoom(0.5, 0.5));
  press("out", () => zoom(2, 2));
  press("reset", reset);

  registers.forEach(([name], n) => part("register").add(new Option(name, n)));
  part("register").addEventListener("change", (event) => {
    if (event.target.value === "") return;
    const [, first, count] = registers[event.target.value];
    const room = count / bitsPerLine / 10;
    look(view.left, view.right, first / bitsPerLine - room, (first + count) / bitsPerLine + room);
    event.target.value = "";
    tellView();
  });

  const present = new Set();
  for (let at = 0; at < cells.length; at++) present.add(cells[at] & 7);
  about.outcomes.forEach((name, outcome) => {
    if (!present.has(outcome)) return;
    const label = document.createElement("label"), swatch = document.createElement("i");
    swatch.style.background = about.colours[outcome];
    if (outcome) {
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = true;
      tick.addEventListener("change", () => {
        ranks[outcome] = tick.checked ? outcome : 0;
        redraw();
      });
      label.append(tick);
    }
    label.append(swatch, name);
    part("legend").append(label);
  });

  part("still").hidden = true;
  part("live").hidden = false;
  new ResizeObserver(() => {
    ratio = window.devicePixelRatio || 1;
    gutter = Math.round(Math.min(190, 0.3 * canvas.clientWidth));
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    width = Math.max(1, Math.round((canvas.clientWidth - gutter - RIGHT) * ratio));
    height = Math.max(1, Math.round((canvas.clientHeight - TOP - BOTTOM) * ratio));
    draw();
    tellView();
  }).observe(canvas);
})();
