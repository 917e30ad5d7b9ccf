/** Runs in Streamlit's page before the app has anything to show, when the browser has nothing else to do. */

import { prepare } from "./plot.js";
import "./scatter.js";

export const ready = prepare();
