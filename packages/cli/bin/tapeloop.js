#!/usr/bin/env node
// npm links a command when it installs, which is before anything is built: so the command is a file of its own.
import "../dist/main.js";
