//! What JavaScript and TypeScript say, form by form.

use crate::lint::{
    facts::Side,
    read::telling::{assert_told, facts_of, tell, tell_imports},
};

#[test]
fn variables_are_read_in_every_form() {
    assert_told(
        "app.ts",
        &[
            ("const key = process.env.A_KEY;", &["read A_KEY in `process.env.A_KEY` Process Top as key"]),
            ("f(process.env['A_KEY']!)", &["read A_KEY in `process.env['A_KEY']` Process Top"]),
            (
                "const { A, B: b = 'x', C = f(), ...rest } = process.env",
                &[
                    "read A in `A` Process Top as A",
                    "read B in `B: b = 'x'` Process Top or `x` as b",
                    "read C in `C = f()` Process Top or another as C",
                ],
            ),
            ("const { env: { A_KEY: k } } = process", &["read A_KEY in `A_KEY: k` Process Top as k"]),
            ("import { env } from 'node:process'\nenv.A", &["read A in `env.A` Process Top"]),
            ("import process from 'node:process'\nprocess.env.A", &["read A in `process.env.A` Process Top"]),
            ("const env = process.env\nfunction f() { return env.A }", &["read A in `env.A` Process Function"]),
            (
                "const key = import.meta.env.VITE_A as string; import.meta.env.MODE",
                &["read VITE_A in `import.meta.env.VITE_A` Build Top as key"],
            ),
            (
                "Deno.env.get('A_KEY') ?? 'd'; Bun.env.B",
                &["read A_KEY in `Deno.env.get('A_KEY')` Process Top or `d`", "read B in `Bun.env.B` Process Top"],
            ),
            ("const x = (process.env.A || '').trim()", &["read A in `process.env.A` Process Top as x"]),
            (
                "const x = process.env.A || process.env.B",
                &["read A in `process.env.A` Process Top or another as x", "read B in `process.env.B` Process Top"],
            ),
            (
                "import { A_KEY as k } from '$env/static/private'\nimport { env } from '$env/dynamic/private'\nenv.B",
                &["read A_KEY in `A_KEY as k` Build Top as k", "read B in `env.B` Process Top"],
            ),
            (
                "class S { constructor(private configService: ConfigService) {}\n go() { return this.configService.getOrThrow<string>('A_KEY') } }",
                &["read A_KEY in `this.configService.getOrThrow<string>('A_KEY')` Settings Function or fails"],
            ),
            (
                "const a = getEnv('A_KEY'); setEnv('B_KEY', 'x'); onEvent('C_KEY'); env('D_KEY', 'd')",
                &[
                    "read A_KEY in `getEnv('A_KEY')` Process Top as a",
                    "read D_KEY in `env('D_KEY', 'd')` Process Top or `d`",
                ],
            ),
            ("const NAME = 'A'; process.env[NAME]; process.env[other]", &["read A in `process.env[NAME]` Process Top"]),
            (
                "async function main() { process.env.A }\n(() => { process.env.B })()",
                &["read A in `process.env.A` Process Main", "read B in `process.env.B` Process Top"],
            ),
            ("const process = f(); process.env.A", &[]),
            ("delete process.env.A; process.env.hasOwnProperty('A')", &[]),
        ],
    );
}

#[test]
fn keys_of_schemas_are_variables() {
    assert_told(
        "env.ts",
        &[
            (
                "import { z } from 'zod'\nconst schema = z.object({ A_KEY: z.string(), B_KEY: z.string().optional(), name: z.string() })\nexport const env = schema.parse(process.env)\nimport OpenAI from 'openai'\nnew OpenAI({ apiKey: env.A_KEY })",
                &[
                    "read A_KEY in `A_KEY: z.string()` Settings Top or fails for openai",
                    "read B_KEY in `B_KEY: z.string().optional()` Settings Top",
                    "client openai openai/OpenAI Top key $A_KEY",
                ],
            ),
            ("import { z } from 'zod'\nconst schema = z.object({ A_KEY: z.string() })", &[]),
            (
                "import { createEnv } from '@t3-oss/env-nextjs'\nexport const env = createEnv({ server: { A_KEY: z.string().min(1) }, client: {}, runtimeEnv: { A_KEY: process.env.A_KEY } })",
                &[
                    "read A_KEY in `A_KEY: z.string().min(1)` Settings Top or fails",
                    "read A_KEY in `process.env.A_KEY` Process Top",
                ],
            ),
            (
                "import { cleanEnv, str } from 'envalid'\ncleanEnv(process.env, { A_KEY: str() })",
                &["read A_KEY in `A_KEY: str()` Settings Top or fails"],
            ),
        ],
    );
}

#[test]
fn variables_are_set_by_the_program() {
    assert_told(
        "app.js",
        &[(
            "process.env.A_KEY = 'abc'; process.env['B'] ||= process.env.C; Object.assign(process.env, { D: 'd' })",
            &[
                "read C in `process.env.C` Process Top",
                "define A_KEY at `A_KEY` in `process.env.A_KEY = 'abc'` = `abc`",
                "define B at `B` in `process.env['B'] ||= process.env.C` from C",
                "define D at `D` in `D: 'd'` = `d`",
            ],
        )],
    );
}

#[test]
fn loaders_say_where_they_look() {
    assert_told(
        "src/app.ts",
        &[
            ("import 'dotenv/config'", &["load `import 'dotenv/config'` dotenv Current Top fills hoisted"]),
            ("require('dotenv').config()", &["load `require('dotenv').config()` dotenv Current Top fills"]),
            ("require('dotenv/config')", &["load `require('dotenv/config')` dotenv Current Top fills"]),
            (
                "import dotenv from 'dotenv'\nimport { config as c } from 'dotenv'\nimport * as d from 'dotenv'\ndotenv.config({ path: '.env.local', override: true }); c(); d.config({ path: where })",
                &[
                    "load `dotenv.config({ path: '.env.local', override: true })` dotenv Path Top fills overrides [\".env.local\"]",
                    "load `c()` dotenv Current Top fills",
                    "load `d.config({ path: where })` dotenv Path Top fills computed",
                ],
            ),
            (
                "import path from 'path'\nimport { config } from 'dotenv'\nimport { fileURLToPath } from 'url'\nconst here = path.dirname(fileURLToPath(import.meta.url))\nconfig({ path: path.resolve(here, '..', '.env') })\nconfig({ path: path.join(process.cwd(), 'config/.env') })\nconfig({ path: [`${__dirname}/.env`, '.env'] })\nconfig({ path: new URL('../.env', import.meta.url) })",
                &[
                    "load `config({ path: path.resolve(here, '..', '.env') })` dotenv Caller Top fills [\"../.env\"]",
                    "load `config({ path: path.join(process.cwd(), 'config/.env') })` dotenv Path Top fills [\"config/.env\"]",
                    "load `config({ path: [`${__dirname}/.env`, '.env'] })` dotenv Path Top fills [\".env\", \".env\"]",
                    "load `config({ path: new URL('../.env', import.meta.url) })` dotenv Caller Top fills [\"../.env\"]",
                ],
            ),
            (
                "function f() { process.loadEnvFile(); process.loadEnvFile('./x.env') }",
                &[
                    "load `process.loadEnvFile()` process.loadEnvFile Current Function fills",
                    "load `process.loadEnvFile('./x.env')` process.loadEnvFile Path Function fills [\"x.env\"]",
                ],
            ),
            (
                "import { loadEnv } from 'vite'\nconst env = loadEnv(mode, process.cwd(), '')\nObject.assign(process.env, loadEnv('x', '.'))",
                &[
                    "load `loadEnv(mode, process.cwd(), '')` vite Project Top",
                    "load `loadEnv('x', '.')` vite Project Top fills",
                ],
            ),
            (
                "import { ConfigModule } from '@nestjs/config'\nConfigModule.forRoot({ isGlobal: true, envFilePath: ['.env.dev', '.env'] })\nConfigModule.forRoot({ ignoreEnvFile: true })",
                &[
                    "load `ConfigModule.forRoot({ isGlobal: true, envFilePath: ['.env.dev', '.env'] })` @nestjs/config Path Top fills [\".env.dev\", \".env\"]",
                ],
            ),
            (
                "import env from '@next/env'\nenv.loadEnvConfig(process.cwd())",
                &["load `env.loadEnvConfig(process.cwd())` next Project Top fills"],
            ),
            (
                "import 'jsr:@std/dotenv/load'\nimport { load } from 'jsr:@std/dotenv@0.225'\nawait load({ export: true }); await load()",
                &[
                    "load `import 'jsr:@std/dotenv/load'` deno dotenv Current Top fills hoisted",
                    "load `load({ export: true })` deno dotenv Current Top fills",
                    "load `load()` deno dotenv Current Top",
                ],
            ),
            (
                "import * as dx from '@dotenvx/dotenvx'\nimport flow from 'dotenv-flow'\ndx.config(); flow.config()\nimport dotenv from 'dotenv'\ndotenv.config({ processEnv: {} })",
                &[
                    "load `dx.config()` dotenvx Current Top fills",
                    "load `flow.config()` dotenv-flow Current Top fills",
                    "load `dotenv.config({ processEnv: {} })` dotenv Current Top",
                ],
            ),
            ("import { config } from './config'\nconfig()", &[]),
        ],
    );
}

#[test]
fn clients_get_their_key_from_somewhere() {
    assert_told(
        "app.ts",
        &[
            ("import OpenAI from 'openai'\nconst c = new OpenAI()", &["client openai openai/OpenAI Top key default"]),
            (
                "const { OpenAI } = require('openai')\nconst k = process.env.OPEN_AI_KEY\nfunction f() { return new OpenAI({ apiKey: k, dangerouslyAllowBrowser: true }) }",
                &[
                    "read OPEN_AI_KEY in `process.env.OPEN_AI_KEY` Process Top as k for openai",
                    "client openai openai/OpenAI Function key $OPEN_AI_KEY browser `dangerouslyAllowBrowser: true`",
                ],
            ),
            (
                "import { Configuration, OpenAIApi } from 'openai'\nnew OpenAIApi(new Configuration({ apiKey: process.env.A_KEY }))",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Top for openai",
                    "client openai openai/Configuration Top key $A_KEY",
                ],
            ),
            (
                "import { createOpenAI, openai } from '@ai-sdk/openai'\nconst o = createOpenAI({ apiKey: 'abc', baseURL: 'https://openrouter.ai/api/v1' })\nopenai('gpt-4o')\no('gpt-4o')\nopenai.embedding(model)",
                &[
                    "client openai @ai-sdk/openai/createOpenAI Top key literal `abc` base `https://openrouter.ai/api/v1`",
                    "client openai @ai-sdk/openai/openai Top key default",
                    "client openai @ai-sdk/openai/openai.embedding Top key default",
                    "endpoint openrouter Base `https://openrouter.ai/api/v1`",
                ],
            ),
            (
                "import Anthropic from '@anthropic-ai/sdk'\nconst config = { claude: { key: process.env.CLAUDE_KEY! } }\nnew Anthropic({ apiKey: config.claude.key })",
                &[
                    "read CLAUDE_KEY in `process.env.CLAUDE_KEY` Process Top for anthropic",
                    "client anthropic @anthropic-ai/sdk/Anthropic Top key $CLAUDE_KEY",
                ],
            ),
            (
                "import { GoogleGenerativeAI } from '@google/generative-ai'\nnew GoogleGenerativeAI(process.env.GEMINI_KEY ?? '')",
                &[
                    "read GEMINI_KEY in `process.env.GEMINI_KEY` Process Top for google",
                    "client google @google/generative-ai/GoogleGenerativeAI Top key $GEMINI_KEY",
                ],
            ),
            (
                "import { ChatOpenAI } from '@langchain/openai'\nnew ChatOpenAI({ openAIApiKey: process.env.A_KEY, configuration: { baseURL: url } })",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Top",
                    "client openai @langchain/openai/ChatOpenAI Top key $A_KEY base",
                ],
            ),
            (
                "import OpenAI, { AzureOpenAI } from 'openai'\nfunction f(options, apiKey) { new OpenAI(options); new OpenAI({ ...options }); new OpenAI({ apiKey }); new AzureOpenAI({ azureADTokenProvider: p }) }",
                &[
                    "client openai openai/OpenAI Function key expression `options`",
                    "client openai openai/OpenAI Function key expression `options`",
                    "client openai openai/OpenAI Function key expression `apiKey`",
                    "client azure-openai openai/AzureOpenAI Function key expression `p`",
                ],
            ),
            (
                "import Groq from 'groq-sdk'\nimport OpenAI from 'https://deno.land/x/openai@v4.20.1/mod.ts'\nimport Other from 'npm:openai@4'\nnew Groq({ apiKey: undefined }); new OpenAI(); new Other()",
                &[
                    "client groq groq-sdk/Groq Top key default",
                    "client openai openai/OpenAI Top key default",
                    "client openai openai/OpenAI Top key default",
                ],
            ),
            (
                "import { OpenAIClient, AzureKeyCredential } from '@azure/openai'\nnew OpenAIClient('https://x.openai.azure.com', new AzureKeyCredential(process.env.A_KEY))",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Top for azure-openai",
                    "client azure-openai @azure/openai/OpenAIClient Top key $A_KEY base `https://x.openai.azure.com`",
                    "endpoint azure-openai Base `https://x.openai.azure.com`",
                ],
            ),
            (
                "import OpenAI from 'openai'\nclass A { key = process.env.A_KEY\n client = new OpenAI({ apiKey: this.key }) }",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Function as key for openai",
                    "client openai openai/OpenAI Function key $A_KEY",
                ],
            ),
            ("import { OpenAI } from './openai'\nnew OpenAI()\nimport type T from 'openai'", &[]),
        ],
    );
}

#[test]
fn headers_are_taken_apart_and_know_where_they_go() {
    assert_told(
        "app.js",
        &[
            (
                "const key = process.env.A_KEY\nfetch('https://api.openai.com/v1/chat/completions', { method: 'POST', headers: { Authorization: `Bearer ${key}` } })",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Top as key for openai",
                    "endpoint openai Call `https://api.openai.com/v1/chat/completions`",
                    "header authorization `Bearer `+$A_KEY+`` to openai",
                ],
            ),
            (
                "const URL_ = 'https://api.anthropic.com/v1/messages'\nconst headers = { 'x-api-key': process.env.A_KEY }\naxios.post(URL_, body, { headers })",
                &[
                    "read A_KEY in `process.env.A_KEY` Process Top for anthropic",
                    "endpoint anthropic Call `https://api.anthropic.com/v1/messages`",
                    "header x-api-key ``+$A_KEY+`` to anthropic",
                ],
            ),
            (
                "const api = axios.create({ baseURL: 'https://api.groq.com/openai/v1', headers: { Authorization: 'Bearer ' + key } })",
                &[
                    "endpoint groq Base `https://api.groq.com/openai/v1`",
                    "header authorization `Bearer `+expression `key`+`` to groq",
                ],
            ),
            (
                "h.set('Authorization', 'Bearer abc-1'); axios.defaults.headers.common['Authorization'] = `Bearer  ${k}`",
                &[
                    "header authorization `Bearer `+literal `abc-1`+``",
                    "header authorization `Bearer  `+expression `k`+``",
                ],
            ),
            (
                "this.http.post(`https://api.openai.com/v1/${path}`, x, { headers: { authorization: this.key } })",
                &[
                    "endpoint openai Call `https://api.openai.com/v1/${path}`",
                    "header authorization ``+expression `this.key`+`` to openai",
                ],
            ),
            ("import x from 'https://api.openai.com/x.js'", &[]),
        ],
    );
}

#[test]
fn bundlers_pass_variables_on() {
    assert_told(
        "next.config.js",
        &[(
            "module.exports = { env: { KEY: process.env.OPENAI_API_KEY, B_KEY: 'x' }, publicRuntimeConfig: { C_KEY: process.env.C_KEY } }",
            &[
                "read OPENAI_API_KEY in `process.env.OPENAI_API_KEY` Process Top",
                "read C_KEY in `process.env.C_KEY` Process Top",
                "expose OPENAI_API_KEY by env `KEY: process.env.OPENAI_API_KEY`",
                "expose B_KEY by env `B_KEY: 'x'`",
                "expose C_KEY by publicRuntimeConfig `C_KEY: process.env.C_KEY`",
            ],
        )],
    );
    assert_told(
        "vite.config.ts",
        &[(
            "import { defineConfig, loadEnv } from 'vite'\nexport default defineConfig(({ mode }) => { const env = loadEnv(mode, '.', ''); return { envPrefix: ['VITE_', 'OPENAI_'], define: { 'process.env.A_KEY': JSON.stringify(env.B_KEY), 'process.env': env, __V__: '1' } } })",
            &[
                "read B_KEY in `env.B_KEY` Build Function",
                "load `loadEnv(mode, '.', '')` vite Project Function",
                "expose VITE_ by envPrefix `VITE_`",
                "expose OPENAI_ by envPrefix `OPENAI_`",
                "expose B_KEY by define `'process.env.A_KEY': JSON.stringify(env.B_KEY)`",
                "expose * by define `'process.env': env`",
            ],
        )],
    );
    assert_told(
        "webpack.config.js",
        &[(
            "const webpack = require('webpack'), Dotenv = require('dotenv-webpack')\nmodule.exports = { plugins: [new webpack.DefinePlugin({ 'process.env': JSON.stringify(process.env) }), new webpack.EnvironmentPlugin(['A_KEY', 'B']), new Dotenv()] }",
            &[
                "expose * by DefinePlugin `'process.env': JSON.stringify(process.env)`",
                "expose A_KEY by EnvironmentPlugin `A_KEY`",
                "expose B by EnvironmentPlugin `B`",
                "expose * by dotenv-webpack `new Dotenv()`",
            ],
        )],
    );
    assert_told(
        "nuxt.config.ts",
        &[(
            "export default defineNuxtConfig({ runtimeConfig: { secret: process.env.S_KEY, public: { key: process.env.P_KEY } } })",
            &[
                "read S_KEY in `process.env.S_KEY` Process Top",
                "read P_KEY in `process.env.P_KEY` Process Top",
                "expose P_KEY by runtimeConfig.public `key: process.env.P_KEY`",
            ],
        )],
    );
    assert_told(
        "app.config.js",
        &[(
            "export default { expo: { extra: { key: process.env.A_KEY, eas: { id: process.env.B_ID } } } }",
            &[
                "read A_KEY in `process.env.A_KEY` Process Top",
                "read B_ID in `process.env.B_ID` Process Top",
                "expose A_KEY by extra `key: process.env.A_KEY`",
                "expose B_ID by extra `id: process.env.B_ID`",
            ],
        )],
    );
    assert_told("src/other.js", &[("const x = { env: { A_KEY: 'x' }, extra: { B_KEY: 'y' } }", &[])]);
    assert_told(
        "rollup.config.js",
        &[(
            "import replace from '@rollup/plugin-replace'\nreplace({ 'process.env.A_KEY': JSON.stringify('x'), values: { 'process.env.B_KEY': k } })",
            &[
                "expose A_KEY by replace `'process.env.A_KEY': JSON.stringify('x')`",
                "expose B_KEY by replace `'process.env.B_KEY': k`",
            ],
        )],
    );
}

#[test]
fn files_tell_where_they_run() {
    for (path, text, side) in [
        ("a.tsx", "'use client'\nimport fs from 'fs'", Side::Browser),
        ("app/actions.ts", "\"use server\";\nexport async function f() {}", Side::Server),
        ("app/api/chat/route.ts", "export async function POST() {}", Side::Server),
        ("src/lib/key.server.ts", "export const a = 1", Side::Server),
        ("a.ts", "import 'server-only'", Side::Server),
        ("a.ts", "import fs from 'node:fs'; window.x", Side::Server),
        ("a.jsx", "import { useState } from 'react'", Side::Browser),
        ("a.ts", "localStorage.getItem('x')", Side::Browser),
        ("a.ts", "if (typeof window === 'undefined') f()", Side::Unknown),
        ("src/environments/environment.prod.ts", "export const environment = {}", Side::Browser),
        ("vite.config.ts", "window.x", Side::Server),
        ("src/api/client.ts", "export const x = 1", Side::Unknown),
    ] {
        assert_eq!(facts_of(path, text.as_bytes()).side, side, "{path}: {text}");
    }
}

#[test]
fn modules_are_named_with_the_time_they_load() {
    let text = "import a from './a'\nimport type { T } from './t'\nexport * from '../b'\nconst c = require('@/c')\nasync function f() { await import('./d') }\n";
    assert_eq!(
        tell_imports("app.ts", text),
        [
            "./a [] Top hoisted `import a from './a'`",
            "../b [] Top hoisted `export * from '../b'`",
            "@/c [] Top `require('@/c')`",
            "./d [] Function `import('./d')`",
        ]
    );
}

#[test]
fn jsx_and_types_do_not_stand_in_the_way() {
    let line = ["read NEXT_PUBLIC_A in `process.env.NEXT_PUBLIC_A` Process Function as key"];
    let text = "export default function P({ a }: { a: string }) { const key = process.env.NEXT_PUBLIC_A; return <p title={`${a}`}>{key}</p> }";
    assert_eq!(tell("page.tsx", text), line);
    let text = "export default function P() { const key = process.env.NEXT_PUBLIC_A; return <p>{key}</p> }";
    assert_eq!(tell("page.jsx", text), line);
}

#[test]
fn modules_are_named_in_any_script() {
    assert_eq!(
        tell_imports("app.ts", "import a from '\u{e4}'\nimport b from './\u{e4}@1'"),
        ["\u{e4} [] Top hoisted `import a from '\u{e4}'`", "./\u{e4}@1 [] Top hoisted `import b from './\u{e4}@1'`",]
    );
}
