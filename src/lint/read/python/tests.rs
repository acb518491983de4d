//! What Python says, form by form.

use crate::lint::read::telling::{assert_told, tell_imports};

#[test]
fn variables_are_read_in_every_form() {
    assert_told(
        "app.py",
        &[
            (
                "import os\nkey = os.environ['A_KEY']",
                &["read A_KEY in `os.environ['A_KEY']` Process Top or fails as key"],
            ),
            ("import os as o\no.environ.get('A', 'd')", &["read A in `o.environ.get('A', 'd')` Process Top or `d`"]),
            ("from os import getenv as g\ndef f():\n    return g('A')", &["read A in `g('A')` Process Function"]),
            (
                "from os import environ\nx = environ.get('A') or 'other'",
                &["read A in `environ.get('A')` Process Top or `other` as x"],
            ),
            ("import os\nx = os.getenv('A', '').strip()", &["read A in `os.getenv('A', '')` Process Top as x"]),
            ("import os\nNAME = 'A'\nos.getenv(NAME)", &["read A in `os.getenv(NAME)` Process Top"]),
            ("import os\ne = os.environ\ne['A']", &["read A in `e['A']` Process Top or fails"]),
            ("import os\nos.getenv('A', default())", &["read A in `os.getenv('A', default())` Process Top or another"]),
            ("import os\nos.getenv(f'{x}_KEY')", &[]),
            ("environ['A']", &[]),
            ("import os\nif __name__ == '__main__':\n    os.getenv('A')", &["read A in `os.getenv('A')` Process Main"]),
            ("import os\ndef main():\n    os.getenv('A')", &["read A in `os.getenv('A')` Process Main"]),
            ("import os\ndef f(k=os.getenv('A')):\n    pass", &["read A in `os.getenv('A')` Process Top"]),
            ("key = require_env('OPENAI_KEY')", &["read OPENAI_KEY in `require_env('OPENAI_KEY')` Process Top as key"]),
            ("set_env('OPENAI_KEY', 'x')", &[]),
        ],
    );
}

#[test]
fn readers_with_files_of_their_own_are_told_apart() {
    assert_told(
        "app.py",
        &[
            (
                "from decouple import config\nK = config('A_KEY', default='')",
                &[
                    "read A_KEY in `config('A_KEY', default='')` Settings Top as K",
                    "load `config('A_KEY', default='')` python-decouple CallerUp Top",
                ],
            ),
            (
                "from environs import Env\nenv = Env()\nenv.read_env()\nK = env.str('A_KEY')",
                &[
                    "read A_KEY in `env.str('A_KEY')` Settings Top or fails as K",
                    "load `env.read_env()` environs CallerUp Top fills",
                ],
            ),
            (
                "import environ\nenv = environ.Env(DEBUG=(bool, False))\nenviron.Env.read_env(os.path.join(BASE, '.env'))\nenv('A_KEY')",
                &[
                    "read A_KEY in `env('A_KEY')` Settings Top or fails",
                    "load `environ.Env.read_env(os.path.join(BASE, '.env'))` django-environ Path Top fills computed",
                ],
            ),
            (
                "from starlette.config import Config\nconfig = Config('.env')\nK = config('A_KEY')",
                &[
                    "read A_KEY in `config('A_KEY')` Settings Top or fails as K",
                    "load `Config('.env')` starlette Path Top [\".env\"]",
                ],
            ),
            (
                "import streamlit as st\na = st.secrets['A_KEY']\nst.secrets.B_KEY",
                &[
                    "read A_KEY in `st.secrets['A_KEY']` Platform Top or fails as a",
                    "read B_KEY in `st.secrets.B_KEY` Platform Top or fails",
                ],
            ),
            (
                "from google.colab import userdata\nuserdata.get('A_KEY')",
                &["read A_KEY in `userdata.get('A_KEY')` Platform Top or fails"],
            ),
            (
                "from dotenv import dotenv_values\nconfig = dotenv_values('.env')\nconfig['A_KEY']",
                &[
                    "read A_KEY in `config['A_KEY']` Settings Top or fails",
                    "load `dotenv_values('.env')` python-dotenv Path Top [\".env\"]",
                ],
            ),
        ],
    );
}

#[test]
fn fields_of_settings_classes_are_variables() {
    assert_told(
        "settings.py",
        &[
            (
                "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env', env_prefix='app_')\n    api_key: str\n    model: str = 'small'\n    extra: str | None = None\n",
                &[
                    "read APP_API_KEY at `api_key` in `api_key: str` Settings Top or fails as api_key",
                    "read APP_MODEL at `model` in `model: str = 'small'` Settings Top or `small` as model",
                    "read APP_EXTRA at `extra` in `extra: str | None = None` Settings Top as extra",
                    "load `'.env'` pydantic-settings Path Top [\".env\"]",
                ],
            ),
            (
                "from pydantic import BaseSettings, Field\nclass Base(BaseSettings):\n    class Config:\n        env_file = '.env.local'\nclass S(Base):\n    key: str = Field(..., validation_alias=AliasChoices('A_KEY', 'B_KEY'))\n    old: str = Field('x', env='OLD_KEY')\n",
                &[
                    "read A_KEY in `key: str = Field(..., validation_alias=AliasChoices('A_KEY', 'B_KEY'))` Settings Top or fails as key",
                    "read B_KEY in `key: str = Field(..., validation_alias=AliasChoices('A_KEY', 'B_KEY'))` Settings Top or another as key",
                    "read OLD_KEY in `old: str = Field('x', env='OLD_KEY')` Settings Top or `x` as old",
                    "load `'.env.local'` pydantic-settings Path Top [\".env.local\"]",
                ],
            ),
            ("class S(Other):\n    key: str = 'x'\n", &[]),
        ],
    );
}

#[test]
fn variables_are_set_by_the_program() {
    assert_told(
        "app.py",
        &[
            (
                "import os\nos.environ['A_KEY'] = 'abc'",
                &["define A_KEY at `A_KEY` in `os.environ['A_KEY'] = 'abc'` = `abc`"],
            ),
            (
                "import os\nos.environ['A_KEY'] = os.getenv('B_KEY')",
                &[
                    "read B_KEY in `os.getenv('B_KEY')` Process Top",
                    "define A_KEY at `A_KEY` in `os.environ['A_KEY'] = os.getenv('B_KEY')` from B_KEY",
                ],
            ),
            (
                "import os\nos.environ.setdefault('A', 'b')\nos.environ.update({'C': 'd'}, E=f())",
                &[
                    "define A at `A` in `os.environ.setdefault('A', 'b')` = `b`",
                    "define C at `C` in `'C': 'd'` = `d`",
                    "define E at `E` in `os.environ.update({'C': 'd'}, E=f())`",
                ],
            ),
            (
                "import os, getpass\nif 'A_KEY' not in os.environ:\n    os.environ['A_KEY'] = getpass.getpass()",
                &["define A_KEY at `A_KEY` in `os.environ['A_KEY'] = getpass.getpass()`"],
            ),
        ],
    );
}

#[test]
fn loaders_say_where_they_look() {
    assert_told(
        "src/app.py",
        &[
            (
                "from dotenv import load_dotenv\nload_dotenv()",
                &["load `load_dotenv()` python-dotenv CallerUp Top fills"],
            ),
            (
                "import dotenv\ndotenv.load_dotenv(dotenv.find_dotenv(usecwd=True), override=True)",
                &[
                    "load `dotenv.load_dotenv(dotenv.find_dotenv(usecwd=True), override=True)` python-dotenv CurrentUp Top fills overrides",
                ],
            ),
            (
                "from dotenv import load_dotenv, find_dotenv as fd\nload_dotenv(fd('.env.local'))",
                &["load `load_dotenv(fd('.env.local'))` python-dotenv CallerUp Top fills [\".env.local\"]"],
            ),
            (
                "from dotenv import load_dotenv\ndef setup():\n    load_dotenv('config/.env')",
                &["load `load_dotenv('config/.env')` python-dotenv Path Function fills [\"config/.env\"]"],
            ),
            (
                "from pathlib import Path\nfrom dotenv import load_dotenv\nBASE = Path(__file__).resolve().parent.parent\nload_dotenv(dotenv_path=BASE / '.env')",
                &["load `load_dotenv(dotenv_path=BASE / '.env')` python-dotenv Caller Top fills [\"../.env\"]"],
            ),
            (
                "import os\nfrom dotenv import load_dotenv\nload_dotenv(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '.env'))",
                &[
                    "load `load_dotenv(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '.env'))` python-dotenv Caller Top fills [\"../.env\"]",
                ],
            ),
            (
                "from pathlib import Path\nfrom dotenv import load_dotenv\nload_dotenv(Path(__file__).parents[1] / '.env')\nload_dotenv(f'{Path.cwd()}/.env')\nload_dotenv(where())",
                &[
                    "load `load_dotenv(Path(__file__).parents[1] / '.env')` python-dotenv Caller Top fills [\"../.env\"]",
                    "load `load_dotenv(f'{Path.cwd()}/.env')` python-dotenv Path Top fills [\".env\"]",
                    "load `load_dotenv(where())` python-dotenv Path Top fills computed",
                ],
            ),
            (
                "import os\nfrom dotenv import dotenv_values\nos.environ.update(dotenv_values())",
                &["load `dotenv_values()` python-dotenv CallerUp Top fills"],
            ),
            ("from other import load_dotenv\nload_dotenv()", &[]),
        ],
    );
}

#[test]
fn clients_get_their_key_from_somewhere() {
    assert_told(
        "app.py",
        &[
            ("from openai import OpenAI\nclient = OpenAI()", &["client openai openai/OpenAI Top key default"]),
            (
                "import os, openai\nkey = os.getenv('OPEN_AI_KEY')\ndef f():\n    return openai.AsyncOpenAI(api_key=key)",
                &[
                    "read OPEN_AI_KEY in `os.getenv('OPEN_AI_KEY')` Process Top as key for openai",
                    "client openai openai/AsyncOpenAI Function key $OPEN_AI_KEY",
                ],
            ),
            ("import openai as o\no.api_key = 'abc'", &["client openai openai/openai Top key literal `abc`"]),
            (
                "import os, openai\nopenai.api_key = os.environ['K_KEY']",
                &[
                    "read K_KEY in `os.environ['K_KEY']` Process Top or fails as openai.api_key for openai",
                    "client openai openai/openai Top key $K_KEY",
                ],
            ),
            (
                "from openai import AzureOpenAI\nAzureOpenAI(azure_endpoint='https://x.openai.azure.com', api_key=f())",
                &[
                    "client azure-openai openai/AzureOpenAI Top key expression `f()` base `https://x.openai.azure.com`",
                    "endpoint azure-openai Base `https://x.openai.azure.com`",
                ],
            ),
            (
                "import os\nfrom openai import OpenAI\nc = OpenAI(api_key=os.getenv('DEEPSEEK_API_KEY'), base_url='https://api.deepseek.com/v1')",
                &[
                    "read DEEPSEEK_API_KEY in `os.getenv('DEEPSEEK_API_KEY')` Process Top for deepseek",
                    "client openai openai/OpenAI Top key $DEEPSEEK_API_KEY base `https://api.deepseek.com/v1`",
                    "endpoint deepseek Base `https://api.deepseek.com/v1`",
                ],
            ),
            (
                "import os\nfrom openai import OpenAI\nc = OpenAI(api_key=os.getenv('K_KEY'), base_url=url)",
                &["read K_KEY in `os.getenv('K_KEY')` Process Top", "client openai openai/OpenAI Top key $K_KEY base"],
            ),
            (
                "from openai import OpenAI\ndef f(api_key=None, **more):\n    OpenAI(api_key=api_key)\n    OpenAI(**more)\n    OpenAI(api_key=None)",
                &[
                    "client openai openai/OpenAI Function key expression `api_key`",
                    "client openai openai/OpenAI Function key expression `more`",
                    "client openai openai/OpenAI Function key default",
                ],
            ),
            (
                "import os\nfrom openai import OpenAI\noptions = {'api_key': os.getenv('A_KEY')}\nOpenAI(**options)",
                &[
                    "read A_KEY in `os.getenv('A_KEY')` Process Top for openai",
                    "client openai openai/OpenAI Top key $A_KEY",
                ],
            ),
        ],
    );
}

#[test]
fn keys_are_followed_through_classes_and_parameters() {
    assert_told(
        "app.py",
        &[
            (
                "import os\nfrom openai import OpenAI\nclass C:\n    KEY = os.getenv('A_KEY')\n    def __init__(self):\n        self.key = os.getenv('B_KEY')\n    def go(self):\n        OpenAI(api_key=self.key)\nOpenAI(api_key=C.KEY)",
                &[
                    "read A_KEY in `os.getenv('A_KEY')` Process Top as KEY for openai",
                    "read B_KEY in `os.getenv('B_KEY')` Process Function as self.key for openai",
                    "client openai openai/OpenAI Function key $B_KEY",
                    "client openai openai/OpenAI Top key $A_KEY",
                ],
            ),
            (
                "from pydantic_settings import BaseSettings\nfrom anthropic import Anthropic\nclass S(BaseSettings):\n    claude_key: str\nsettings = S()\nAnthropic(api_key=settings.claude_key)",
                &[
                    "read CLAUDE_KEY at `claude_key` in `claude_key: str` Settings Top or fails as claude_key for anthropic",
                    "client anthropic anthropic/Anthropic Top key $CLAUDE_KEY",
                ],
            ),
            (
                "import os\nfrom openai import OpenAI\ndef f(key=None):\n    OpenAI(api_key=key or os.getenv('A_KEY'))",
                &[
                    "read A_KEY in `os.getenv('A_KEY')` Process Function for openai",
                    "client openai openai/OpenAI Function key expression `key or os.getenv('A_KEY')`",
                ],
            ),
        ],
    );
}

#[test]
fn libraries_of_all_providers_are_known_by_their_imports() {
    assert_told(
        "app.py",
        &[
            (
                "from google import genai\ngenai.Client(api_key='abc')",
                &["client google google.genai/Client Top key literal `abc`"],
            ),
            (
                "import google.generativeai as genai\nimport os\ngenai.configure(api_key=os.environ.get('GEMINI'))",
                &[
                    "read GEMINI in `os.environ.get('GEMINI')` Process Top for google",
                    "client google google.generativeai/configure Top key $GEMINI",
                ],
            ),
            (
                "import litellm\nlitellm.completion(model='groq/llama', api_key=k)\nlitellm.completion(model=m)\nlitellm.completion('gpt-4o')",
                &[
                    "client groq litellm/completion Top key expression `k`",
                    "client openai litellm/completion Top key default",
                ],
            ),
            (
                "from langchain_openai import ChatOpenAI\nfrom llama_index.llms.openai import OpenAI\nChatOpenAI(openai_api_key='abc')\nOpenAI(model='gpt-4o')",
                &[
                    "client openai langchain_openai/ChatOpenAI Top key literal `abc`",
                    "client openai llama_index.llms.openai/OpenAI Top key default",
                ],
            ),
            (
                "import cohere, replicate\nfrom mistralai import Mistral\ncohere.Client('abc')\nreplicate.run('x/y')\nMistral(api_key='abc')",
                &[
                    "client cohere cohere/Client Top key literal `abc`",
                    "client replicate replicate/run Top key default",
                    "client mistral mistralai/Mistral Top key literal `abc`",
                ],
            ),
            ("from local import OpenAI\nOpenAI()", &[]),
        ],
    );
}

#[test]
fn headers_are_taken_apart_and_know_where_they_go() {
    assert_told(
        "app.py",
        &[
            (
                "import os, requests\nkey = os.getenv('A_KEY')\nrequests.post('https://api.openai.com/v1/chat/completions', headers={'Authorization': f'Bearer {key}'})",
                &[
                    "read A_KEY in `os.getenv('A_KEY')` Process Top as key for openai",
                    "endpoint openai Call `https://api.openai.com/v1/chat/completions`",
                    "header authorization `Bearer `+$A_KEY+`` to openai",
                ],
            ),
            (
                "import os, httpx\nURL = 'https://api.anthropic.com/v1/messages'\nheaders = {'x-api-key': os.environ['A_KEY']}\nhttpx.post(URL, headers=headers)",
                &[
                    "read A_KEY in `os.environ['A_KEY']` Process Top or fails for anthropic",
                    "endpoint anthropic Call `https://api.anthropic.com/v1/messages`",
                    "header x-api-key ``+$A_KEY+`` to anthropic",
                ],
            ),
            (
                "h = {'Authorization': 'Bearer ' + key}\nh['Authorization'] = 'Bearer {}'.format(token)\nh['authorization'] = 'Bearer %s' % t",
                &[
                    "header authorization `Bearer `+expression `key`+``",
                    "header authorization `Bearer `+expression `token`+``",
                    "header authorization `Bearer `+expression `t`+``",
                ],
            ),
            (
                "h = {'Authorization': 'Bearer abc-1', 'api-key': ' abc-1'}",
                &["header authorization `Bearer `+literal `abc-1`+``", "header api-key ` `+literal `abc-1`+``"],
            ),
            (
                "auth = f'Bearer  {key}\"'\nreq.add_header('Authorization', auth)",
                &["header authorization `Bearer  `+expression `key`+`\"`"],
            ),
            (
                "h = {'Authorization': f'{scheme} {key}'}",
                &["header authorization ``+expression `f'{scheme} {key}'`+``"],
            ),
            (
                "API = 'https://api.openai.com/v1'\nbase_url = 'https://api.groq.com/openai/v1'\n'https://api.openai.com'",
                &[
                    "endpoint openai Other `https://api.openai.com/v1`",
                    "endpoint groq Base `https://api.groq.com/openai/v1`",
                ],
            ),
        ],
    );
}

#[test]
fn modules_of_the_project_are_named_with_what_is_taken() {
    let text = "from .config import settings, x as y\nimport a.b as c, os\nfrom ..lib import *\ndef f():\n    from app import db\n";
    assert_eq!(
        tell_imports("app.py", text),
        [
            ".config [\"settings\", \"x\"] Top `from .config import settings, x as y`",
            "a.b [] Top `import a.b as c, os`",
            "os [] Top `import a.b as c, os`",
            "..lib [] Top `from ..lib import *`",
            "app [\"db\"] Function `from app import db`",
        ]
    );
}

#[test]
fn what_parses_is_read_beside_what_does_not() {
    assert_told(
        "app.py",
        &[(
            "import os\nkey = os.getenv('A_KEY')\ndef broken(:\n    x = = 1\n",
            &["read A_KEY in `os.getenv('A_KEY')` Process Top as key"],
        )],
    );
}
