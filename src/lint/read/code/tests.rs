//! What programs say, language by language.

use crate::lint::read::telling::{assert_told, tell, tell_imports};

#[test]
fn ruby_reads_loads_and_sets() {
    assert_told(
        "app.rb",
        &[
            ("key = ENV[\"A\"]", &["read A in `ENV[\"A\"]` Process Top as key"]),
            ("@key = ENV.fetch('A')", &["read A in `ENV.fetch('A')` Process Top or fails as @key"]),
            (
                "ENV.fetch('A', 'none'); ENV.fetch('B') { \"x\" }; ENV.fetch('C', nil)",
                &[
                    "read A in `ENV.fetch('A', 'none')` Process Top or `none`",
                    "read B in `ENV.fetch('B')` Process Top or `x`",
                    "read C in `ENV.fetch('C', nil)` Process Top",
                ],
            ),
            ("x = ENV['A'] || 'd'", &["read A in `ENV['A']` Process Top or `d` as x"]),
            (
                "def f\n  ENV['A']\nend\nENV['B']",
                &["read A in `ENV['A']` Process Function", "read B in `ENV['B']` Process Top"],
            ),
            ("# ENV['A']\n=begin\nENV['B']\n=end\n'ENV[\"C\"]'", &[]),
            (
                "ENV['A'] = 'x'; ENV['B'] ||= y",
                &["define A at `A` in `ENV['A'] = 'x'` = `x`", "define B at `B` in `ENV['B'] ||= y`"],
            ),
            ("\"a #{ENV['A']} b\"", &["read A in `ENV['A']` Process Top"]),
            ("require 'dotenv/load'", &["load `require 'dotenv/load'` dotenv (Ruby) Current Top fills"]),
            (
                "Dotenv.load('.env.local', '.env')",
                &["load `Dotenv.load('.env.local', '.env')` dotenv (Ruby) Path Top fills [\".env.local\", \".env\"]"],
            ),
            ("Dotenv.overload", &["load `Dotenv.overload` dotenv (Ruby) Current Top fills overrides"]),
            ("x = a / b; y = ENV['A'] / 2", &["read A in `ENV['A']` Process Top as y"]),
            ("x =~ /it's/\nENV['A']", &["read A in `ENV['A']` Process Top"]),
            ("s = <<~SQL\n  it's ENV['B']\nSQL\nENV['A']", &["read A in `ENV['A']` Process Top"]),
        ],
    );
    assert_eq!(
        tell_imports("app.rb", "require_relative 'lib/config'"),
        ["lib/config [] Top `require_relative 'lib/config'`"]
    );
}

#[test]
fn go_reads_loads_and_sets() {
    assert_told(
        "main.go",
        &[
            ("key := os.Getenv(\"A\") // os.Getenv(\"B\")", &["read A in `os.Getenv(\"A\")` Process Top as key"]),
            (
                "func main() {\n\tkey, ok := os.LookupEnv(\"A\")\n}",
                &["read A in `os.LookupEnv(\"A\")` Process Main as key"],
            ),
            (
                "func (s *S) run() error {\n\treturn f(os.Getenv(\"A\"))\n}",
                &["read A in `os.Getenv(\"A\")` Process Function"],
            ),
            (
                "var key = os.Getenv(\"A\")\nfunc init() {\n\tos.Getenv(\"B\")\n}",
                &["read A in `os.Getenv(\"A\")` Process Top as key", "read B in `os.Getenv(\"B\")` Process Top"],
            ),
            (
                "type C struct {\n\tKey string `env:\"A,required\"`\n\tB string `env:\"B\" envDefault:\"none\" json:\"x\"`\n}",
                &[
                    "read A in `env:\"A,required\"` Process Function or fails as Key",
                    "read B in `env:\"B\" envDefault:\"none\" json:\"x\"` Process Function or `none` as B",
                ],
            ),
            (
                "func main() {\n\tif err := godotenv.Load(); err != nil {}\n}",
                &["load `godotenv.Load()` godotenv Current Main fills"],
            ),
            (
                "func init() { godotenv.Overload(\".env\", path) }",
                &["load `godotenv.Overload(\".env\", path)` godotenv Path Top fills overrides [\".env\"]"],
            ),
            (
                "import _ \"github.com/joho/godotenv/autoload\"",
                &["load `\"github.com/joho/godotenv/autoload\"` godotenv Current Top fills hoisted"],
            ),
            ("env, _ := godotenv.Read()", &["load `godotenv.Read()` godotenv Current Top"]),
            ("os.Setenv(\"A\", \"x\")", &["define A at `A` in `os.Setenv(\"A\", \"x\"` = `x`"]),
            ("os.Getenv(\"A\" + b)", &[]),
            ("x := `os.Getenv(\"A\")`", &[]),
        ],
    );
}

#[test]
fn rust_reads_loads_and_bakes_in() {
    assert_told(
        "src/main.rs",
        &[
            (
                "let key = std::env::var(\"A\").expect(\"set\");",
                &["read A in `std::env::var(\"A\")` Process Top or fails as key"],
            ),
            (
                "fn main() { let key: String = env::var(\"A\").unwrap_or_else(|_| \"x\".to_string()); }",
                &["read A in `env::var(\"A\")` Process Main or `x` as key"],
            ),
            (
                "fn f() -> X { if let Ok(key) = env::var(\"A\") {} }",
                &["read A in `env::var(\"A\")` Process Function or fails as key"],
            ),
            (
                "const K: &str = env!(\"A\"); option_env!(\"B\")",
                &["read A in `env!(\"A\")` Build Top or fails as K", "read B in `option_env!(\"B\")` Build Top"],
            ),
            ("env::var(\"A\").unwrap_or_default()", &["read A in `env::var(\"A\")` Process Top"]),
            (
                "#[arg(long, env = \"A\", default_value = \"d\")]\nkey: String",
                &["read A in `\"A\"` Process Function or `d`"],
            ),
            ("Arg::new(\"k\").env(\"A\")", &["read A in `\"A\"` Process Function or another"]),
            ("Command::new(\"x\").env(\"A\", \"b\")", &[]),
            ("fn main() { dotenvy::dotenv().ok(); }", &["load `dotenvy::dotenv()` dotenvy CurrentUp Main fills"]),
            (
                "dotenv::from_filename(\".env.x\").ok();",
                &["load `dotenv::from_filename(\".env.x\")` dotenv (Rust) CurrentUp Top fills [\".env.x\"]"],
            ),
            ("use dotenv::dotenv;\nfn main() { dotenv().ok(); }", &["load `dotenv()` dotenvy CurrentUp Main fills"]),
            (
                "/* /* env::var(\"A\") */ */ r#\"env::var(\"A\")\"# '\"' ; env::var(\"B\")",
                &["read B in `env::var(\"B\")` Process Top or fails"],
            ),
            ("fn f<'a>(x: &'a str) { env::var(\"A\"); }", &["read A in `env::var(\"A\")` Process Function or fails"]),
            ("unsafe { env::set_var(\"A\", \"x\") }", &["define A at `A` in `env::set_var(\"A\", \"x\"` = `x`"]),
        ],
    );
}

#[test]
fn php_reads_loads_and_sets() {
    assert_told(
        "src/app.php",
        &[
            (
                "<p>it's getenv('Z')</p><?php $key = getenv('A') ?: 'd'; ?> it's <?= $_ENV['B'] ?>",
                &["read A in `getenv('A')` Process Top or `d` as $key", "read B in `$_ENV['B']` Process Top"],
            ),
            (
                "<?php\n$a = $_SERVER['A'] ?? null; $b = $_SERVER['REQUEST_URI'];",
                &["read A in `$_SERVER['A']` Process Top as $a"],
            ),
            ("<?php\nreturn ['key' => env('A', 'x')];", &["read A in `env('A', 'x')` Settings Top or `x`"]),
            (
                "<?php\nclass C { function env($k) {} public function k() { return $this->env('A') . getenv(\"B\"); } }",
                &["read B in `getenv(\"B\")` Process Function"],
            ),
            (
                "<?php\n// getenv('A')\n# getenv('A')\n#[Attr]\n/* getenv('A') */ putenv('B=x'); $_ENV['C'] = $y;",
                &["define B at `B` in `B=x` = `x`", "define C at `C` in `$_ENV['C'] = $y`"],
            ),
            (
                "<?php\n$dotenv = Dotenv\\Dotenv::createImmutable(__DIR__);\n$dotenv->load();",
                &["load `Dotenv::createImmutable(__DIR__)` phpdotenv Project Top fills"],
            ),
            (
                "<?php\n(new Dotenv())->bootEnv(dirname(__DIR__).'/.env');",
                &["load `->bootEnv(dirname(__DIR__).'/.env')` symfony/dotenv Project Top fills"],
            ),
        ],
    );
    assert_eq!(
        tell_imports("a.php", "<?php require_once __DIR__ . '/config.php';"),
        ["/config.php [] Top `require_once __DIR__ . '/config.php'`"]
    );
}

#[test]
fn the_jvm_reads_and_injects() {
    assert_told(
        "App.java",
        &[
            (
                "class A { static final String K = System.getenv(\"A\"); }",
                &["read A in `System.getenv(\"A\")` Process Top as K"],
            ),
            (
                "class A { public static void main(String[] a) { String k = System.getenv(\"A\"); } }",
                &["read A in `System.getenv(\"A\")` Process Main as k"],
            ),
            (
                "class A { void run() throws X { if (b) { System.getenv().getOrDefault(\"A\", \"d\"); } } }",
                &["read A in `System.getenv().getOrDefault(\"A\", \"d\")` Process Function or `d`"],
            ),
            (
                "@Value(\"${A:none}\")\nprivate String key;",
                &["read A in `${A:none}` Settings Function or `none` as key"],
            ),
            ("@Value(\"${spring.x}\") String y; '\"' // System.getenv(\"A\")", &[]),
            (
                "Dotenv d = Dotenv.load(); dotenv.get(\"A\")",
                &["read A in `dotenv.get(\"A\")` Settings Top", "load `Dotenv.load()` dotenv-java Current Top"],
            ),
        ],
    );
    assert_told(
        "App.kt",
        &[
            (
                "fun main() {\n  val key = System.getenv(\"A\") ?: \"d\"\n}",
                &["read A in `System.getenv(\"A\")` Process Main or `d` as key"],
            ),
            (
                "val key: String = System.getenv(\"A\") ?: error(\"unset\")",
                &["read A in `System.getenv(\"A\")` Process Top or fails as key"],
            ),
            ("val s = \"Bearer ${System.getenv(\"A\")} $x\"", &["read A in `System.getenv(\"A\")` Process Top"]),
        ],
    );
}

#[test]
fn the_others_read_too() {
    assert_told(
        "Program.cs",
        &[
            (
                "var key = Environment.GetEnvironmentVariable(\"A\") ?? throw new X();",
                &["read A in `Environment.GetEnvironmentVariable(\"A\")` Process Top or fails as key"],
            ),
            (
                "string k = configuration[\"OpenAI:ApiKey\"]!;",
                &["read OpenAI:ApiKey in `configuration[\"OpenAI:ApiKey\"]` Settings Top or fails as k"],
            ),
            (
                "class A { static void Main() { DotNetEnv.Env.Load(); } }",
                &["load `Env.Load()` DotNetEnv Current Main fills"],
            ),
            (
                "var s = @\"a\"\"b\"; var t = $\"{Environment.GetEnvironmentVariable(\"A\")} {{x}}\";",
                &["read A in `Environment.GetEnvironmentVariable(\"A\")` Process Top"],
            ),
        ],
    );
    assert_told(
        "config/runtime.exs",
        &[
            (
                "config :app, key: System.fetch_env!(\"A\")",
                &["read A in `System.fetch_env!(\"A\")` Process Top or fails"],
            ),
            (
                "def key do\n  System.get_env(\"A\") || \"d\"\nend",
                &["read A in `System.get_env(\"A\")` Process Function or `d`"],
            ),
            (
                "source!([\".env\", System.get_env()])",
                &["load `source!([\".env\", System.get_env()])` Dotenvy Path Top [\".env\"]"],
            ),
            (
                "# System.get_env(\"A\")\n~r/\"/ ; System.get_env(\"B\", \"x\")",
                &["read B in `System.get_env(\"B\", \"x\")` Process Top or `x`"],
            ),
        ],
    );
    assert_told(
        "lib/main.dart",
        &[
            (
                "const key = String.fromEnvironment('A', defaultValue: 'x');",
                &["read A in `String.fromEnvironment('A', defaultValue: 'x')` Build Top or another as key"],
            ),
            (
                "void main() async { await dotenv.load(fileName: \".env\"); final k = dotenv.env['A'] ?? ''; }",
                &[
                    "read A in `dotenv.env['A']` Settings Main as k",
                    "load `dotenv.load(fileName: \".env\")` flutter_dotenv Project Main [\".env\"]",
                ],
            ),
        ],
    );
    assert_told(
        "main.swift",
        &[(
            "let key = ProcessInfo.processInfo.environment[\"A\"] ?? \"x\"",
            &["read A in `ProcessInfo.processInfo.environment[\"A\"]` Process Top or `x` as key"],
        )],
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of every form, which is read as one")]
fn clients_get_their_keys() {
    assert_told(
        "main.go",
        &[
            (
                "import \"github.com/openai/openai-go/option\"\nfunc main() {\n\tclient := openai.NewClient(option.WithAPIKey(os.Getenv(\"MY_KEY\")), option.WithBaseURL(\"https://x.y/v1\"))\n}",
                &[
                    "read MY_KEY in `os.Getenv(\"MY_KEY\")` Process Main for openai",
                    "client openai github.com/openai/openai-go/openai.NewClient Main key $MY_KEY base `https://x.y/v1`",
                ],
            ),
            (
                "import openai \"github.com/sashabaranov/go-openai\"\nfunc main() {\n\tc := openai.DefaultConfig(\"secret\")\n\tc.BaseURL = \"https://x\"\n}",
                &[
                    "client openai github.com/sashabaranov/go-openai/openai.DefaultConfig Main key literal `secret` base `https://x`",
                ],
            ),
            (
                "import openai \"github.com/sashabaranov/go-openai\"\nvar c = openai.NewClient(\"secret\")",
                &["client openai github.com/sashabaranov/go-openai/openai.NewClient Top key literal `secret`"],
            ),
            (
                "import \"github.com/openai/openai-go\"\nvar c = openai.NewClient()",
                &["client openai github.com/openai/openai-go/openai.NewClient Top key default"],
            ),
            (
                "import \"github.com/openai/openai-go\"\nfunc f(opts []option.RequestOption) { openai.NewClient(opts...) }",
                &["client openai github.com/openai/openai-go/openai.NewClient Function key expression `opts...`"],
            ),
        ],
    );
    assert_told(
        "app.rb",
        &[
            (
                "token = ENV.fetch('OPENAI_ACCESS_TOKEN')\nclient = OpenAI::Client.new(access_token: token, uri_base: 'https://x')",
                &[
                    "read OPENAI_ACCESS_TOKEN in `ENV.fetch('OPENAI_ACCESS_TOKEN')` Process Top or fails as token for openai",
                    "client openai ruby-openai/OpenAI::Client.new Top key $OPENAI_ACCESS_TOKEN base `https://x`",
                ],
            ),
            (
                "c = OpenAI::Client.new\nx",
                &["client openai ?/OpenAI::Client.new Top key expression `OpenAI::Client.new`"],
            ),
            (
                "OpenAI.configure do |config|\n  config.access_token = ENV.fetch('A')\nend",
                &["read A in `ENV.fetch('A')` Process Top or fails as access_token for openai"],
            ),
            ("c = OpenAI::Client.new(api_key: 'x')", &["client openai openai/OpenAI::Client.new Top key literal `x`"]),
        ],
    );
    assert_told(
        "src/main.rs",
        &[
            (
                "use async_openai::Client;\nfn main() { let c = Client::new(); }",
                &["client openai async-openai/Client::new Main key default"],
            ),
            (
                "use async_openai::{Client, config::OpenAIConfig};\nfn f() {\n let key = env::var(\"A\").unwrap();\n let config = OpenAIConfig::new().with_api_key(&key);\n Client::with_config(config);\n}",
                &[
                    "read A in `env::var(\"A\")` Process Function or fails as key for openai",
                    "client openai async-openai/Client::with_config Function key $A",
                ],
            ),
            (
                "use async_openai::{Client, config::OpenAIConfig};\nfn f() {\n let config = OpenAIConfig::new().with_api_base(\"https://x\").with_api_key(\"k\");\n Client::with_config(config);\n}",
                &["client openai async-openai/Client::with_config Function key literal `k` base `https://x`"],
            ),
            ("use reqwest::Client;\nfn main() { Client::new(); }", &[]),
        ],
    );
    assert_told(
        "a.php",
        &[(
            "<?php\n$key = getenv('A');\n$client = OpenAI::client($key);",
            &[
                "read A in `getenv('A')` Process Top as $key for openai",
                "client openai openai-php/client/OpenAI::client Top key $A",
            ],
        )],
    );
    assert_told(
        "App.java",
        &[(
            "import com.openai.client.okhttp.OpenAIOkHttpClient;\nclass A { void f() { c = OpenAIOkHttpClient.builder().apiKey(System.getenv(\"A\")).baseUrl(\"https://x\").build(); d = OpenAIOkHttpClient.fromEnv(); } }",
            &[
                "read A in `System.getenv(\"A\")` Process Function for openai",
                "client openai com.openai/OpenAIOkHttpClient.builder Function key $A base `https://x`",
                "client openai com.openai/OpenAIOkHttpClient.fromEnv Function key default",
            ],
        )],
    );
    assert_told(
        "Program.cs",
        &[(
            "using OpenAI.Chat;\nvar key = Environment.GetEnvironmentVariable(\"A\");\nvar c = new ChatClient(model: \"gpt\", apiKey: key);\nvar d = new ChatClient(\"gpt\", new ApiKeyCredential(\"x\"), new OpenAIClientOptions { Endpoint = new Uri(\"https://x\") });",
            &[
                "read A in `Environment.GetEnvironmentVariable(\"A\")` Process Top as key for openai",
                "client openai OpenAI/new ChatClient Top key $A",
                "client openai OpenAI/new ChatClient Top key literal `x` base `https://x`",
            ],
        )],
    );
}

#[test]
fn requests_are_seen_in_every_language() {
    let header = |before: &str, key: &str| format!("header authorization `{before}`+{key}+`` to openai");
    for (path, text, key) in [
        (
            "a.go",
            "func f(key string) {\n\treq, _ := http.NewRequest(\"POST\", \"https://api.openai.com/v1/chat/completions\", b)\n\treq.Header.Set(\"Authorization\", \"Bearer \"+key)\n}",
            "$key",
        ),
        (
            "b.go",
            "func f() {\n\thttp.NewRequest(\"POST\", \"https://api.openai.com/v1\", b)\n\treq.Header.Set(\"Authorization\", fmt.Sprintf(\"Bearer %s\", key))\n}",
            "$key",
        ),
        (
            "a.rb",
            "uri = URI('https://api.openai.com/v1/models')\nreq['Authorization'] = \"Bearer #{key}\"\nreq.body = x",
            "$key",
        ),
        (
            "b.rb",
            "HTTP.post('https://api.openai.com/v1', headers: { 'Authorization' => \"Bearer #{key}\", 'x' => 'y' })",
            "$key",
        ),
        (
            "a.rs",
            "fn f() { c.post(\"https://api.openai.com/v1\").header(\"Authorization\", format!(\"Bearer {}\", key)); }",
            "$key",
        ),
        (
            "a.php",
            "<?php curl_init('https://api.openai.com/v1'); $h = ['Authorization: Bearer ' . $key, 'x'];",
            "$$key",
        ),
        ("b.php", "<?php curl_init('https://api.openai.com/v1'); $h = [\"Authorization: Bearer $key\"];", "$$key"),
        (
            "A.java",
            "class A { void f() { r.uri(URI.create(\"https://api.openai.com/v1\")).header(\"Authorization\", \"Bearer \" + key).build(); } }",
            "$key",
        ),
        ("A.kt", "fun f() { get(\"https://api.openai.com/v1\"); header(\"Authorization\", \"Bearer $key\") }", "$key"),
        (
            "A.cs",
            "class A { void F() { c.PostAsync(\"https://api.openai.com/v1\"); c.H.Authorization = new AuthenticationHeaderValue(\"Bearer\", key); } }",
            "$key",
        ),
        ("a.ex", "Req.post(\"https://api.openai.com/v1\", headers: [{\"Authorization\", \"Bearer #{key}\"}])", "$key"),
        (
            "a.dart",
            "f() { http.post(Uri.parse('https://api.openai.com/v1'), headers: {'Authorization': 'Bearer $key'}); }",
            "$key",
        ),
        (
            "a.swift",
            "func f() { let u = URL(string: \"https://api.openai.com/v1\")!; r.setValue(\"Bearer \\(key)\", forHTTPHeaderField: \"Authorization\") }",
            "$key",
        ),
    ] {
        let told = tell(path, text);
        assert!(told.contains(&header("Bearer ", key)), "{path}: {told:#?}");
        assert!(told.iter().any(|line| line.starts_with("endpoint openai")), "{path}: {told:#?}");
    }
    assert_told(
        "a.go",
        &[("h.Set(\"Authorization\", \"Bearer abc\")", &["header authorization `Bearer `+literal `abc`+``"])],
    );
    assert_told(
        "b.go",
        &[(
            "key := os.Getenv(\"A\")\nu := \"https://api.openai.com/v1\"\nh.Set(\"Authorization\", key)",
            &[
                "read A in `os.Getenv(\"A\")` Process Top as key for openai",
                "endpoint openai Other `https://api.openai.com/v1`",
                "header authorization ``+$A+`` to openai",
            ],
        )],
    );
    assert_eq!(tell("a.go", "if h.Get(\"Authorization\") == \"\" {}"), Vec::<String>::new());
    assert_eq!(tell("a.rs", "c.post(u).bearer_auth(key)"), Vec::<String>::new());
}

#[test]
fn hostile_programs_end_soon_and_cut_no_character() {
    let parts = [
        "(",
        "{",
        "\"#{",
        "\"${",
        "$\"{",
        "\"\\(",
        "'",
        "\"",
        "/*",
        "<<~A\n",
        "<<<A\n",
        "%w[",
        "~r/",
        "r#\"",
        "ENV['A'] ",
        "os.Getenv(\"A\") ",
        "x = ",
        "?>",
        "é\"",
        "func(",
        "\"Authorization\", ",
        "OpenAI::Client.new(",
        "openai.NewClient(\"github.com/openai/openai-go\", ",
    ];
    for path in ["a.rb", "a.go", "a.rs", "a.php", "A.java", "A.kt", "A.cs", "a.ex", "a.dart", "a.swift"] {
        for part in parts {
            tell(path, &part.repeat(3000));
        }
    }
}
