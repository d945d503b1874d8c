"use strict";
// Draws every plot of the page and lets the entries of a key hide and show what they name.
(() => {
  const plots = JSON.parse(document.getElementById("plots").textContent);
  // A finger scrolls the page; there, zooming is a choice in the plot's tool bar.
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: touch ? true : "hover",
    modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]], // none that calls out
    toImageButtonOptions: { format: "svg" },
  };

  const draw = (element) => {
    const { data, layout } = plots[element.id];
    // A map keeps its shape: on a narrower screen it is lower, too.
    if (element.dataset.shape) {
      const [across, up] = [layout.margin.l + layout.margin.r, layout.margin.t + layout.margin.b];
      const height = (element.clientWidth - across) * Number(element.dataset.shape) + up;
      element.style.height = `${Math.round(Math.min(Math.max(height, 220), 640))}px`;
    }
    Plotly.newPlot(element, data, { ...layout, dragmode: touch ? false : "zoom" }, config);
  };

  for (const element of document.querySelectorAll(".plot")) {
    const folded = element.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => draw(element), { once: true });
    else draw(element);
  }

  for (const button of document.querySelectorAll(".key button")) {
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      const group = Number(button.dataset.group);
      button.setAttribute("aria-pressed", String(shown));
      for (const plot of button.closest("section").querySelectorAll(".js-plotly-plot")) {
        const traces = plot.data.flatMap((trace, index) => (trace.meta === group ? [index] : []));
        Plotly.restyle(plot, { visible: shown }, traces);
      }
    });
  }
})();
