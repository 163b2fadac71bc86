// Shows Swagger UI. The API key stays in memory unless the person asks to keep it: then Swagger UI keeps it in the
// browser's storage.
"use strict";

const KEEP_KEY = "payerline-keep-key";
/** Where Swagger UI keeps keys. */
const KEPT_KEYS = "authorized";

const box = document.getElementById("keep-key");
box.checked = localStorage.getItem(KEEP_KEY) === "yes";
if (!box.checked) {
  localStorage.removeItem(KEPT_KEYS);
}

/** Swagger UI takes lines of JSON for JSON, and would show an example of them as one text in quotes. */
const ShowLines = () => ({
  afterLoad() {
    const { getSampleSchema } = this.fn;
    this.fn.getSampleSchema = (schema, mediaType, config, example) =>
      mediaType === "application/x-ndjson" && typeof example === "string"
        ? example
        : getSampleSchema(schema, mediaType, config, example);
  },
});

/** Swagger UI takes a chart for XML and would show its text. */
const ShowCharts = () => ({
  wrapComponents: {
    responseBody: (ResponseBody, { React }) => (properties) =>
      /^image\/svg\+xml/i.test(properties.contentType) && typeof properties.content === "string"
        ? React.createElement("img", {
            className: "chart",
            alt: "The report as a chart",
            src: `data:image/svg+xml,${encodeURIComponent(properties.content)}`,
          })
        : React.createElement(ResponseBody, properties),
  },
});

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [ShowLines, ShowCharts],
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: "none",
  persistAuthorization: box.checked,
});

box.addEventListener("change", () => {
  ui.getConfigs().persistAuthorization = box.checked;
  if (box.checked) {
    localStorage.setItem(KEEP_KEY, "yes");
    ui.authActions.persistAuthorizationIfNeeded();
  } else {
    localStorage.removeItem(KEEP_KEY);
    localStorage.removeItem(KEPT_KEYS);
  }
});

// Swagger UI leaves most of its inputs without a name that a screen reader could say.
function nameInput(input) {
  const parameter = input.closest("[data-param-name]");
  if (input.id === "auth-bearer-value") {
    return "API key";
  }
  if (parameter) {
    return `${parameter.dataset.paramName} (${parameter.dataset.paramIn})`;
  }
  if (input.matches(".examples-select-element")) {
    return "Example";
  }
  if (input.matches("textarea")) {
    return "Request body";
  }
  return input.matches(".content-type") ? "Media type" : "Value";
}

function nameInputs() {
  for (const input of document.querySelectorAll("#swagger-ui :is(input, select, textarea)")) {
    const isNamed = input.ariaLabel || input.labels?.length;
    if (!isNamed || input.id === "auth-bearer-value") {
      input.ariaLabel = nameInput(input);
    }
  }
}

new MutationObserver(nameInputs).observe(document.getElementById("swagger-ui"), {
  childList: true,
  subtree: true,
});
