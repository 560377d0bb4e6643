//! The shapes in which files hold secrets, and those that only look so.

use stanch_engine::{Match, RuleSet, Scanner, expand};

/// Each text is expanded with this many seeds.
const SEEDS: u64 = 4;

/// What a shape is called, and its text; `‹›` stand around what must be found.
type Shape = (&'static str, &'static str);

const FOUND: &[Shape] = &[
    (".env", "DB_HOST=db\nDB_PASSWORD=‹${alnum:16}›\nDB_NAME=shop\n"),
    ("INI", "[database]\nuser = app\npassword = ‹${alnum:14}›\n"),
    ("properties", "spring.datasource.username=app\nspring.datasource.password=‹${alnum:14}›\n"),
    ("YAML", "database:\n  user: app\n  password: ‹${alnum:14}›\n  port: 5432\n"),
    ("JSON", "{\"user\": \"app\", \"password\": \"‹${alnum:14}›\"}"),
    ("JSON in a string", "body = \"{\\\"user\\\": \\\"app\\\", \\\"password\\\": \\\"‹${alnum:14}›\\\"}\""),
    ("TOML", "[database]\nuser = \"app\"\npassword = \"‹${alnum:14}›\"\n"),
    (
        "XML element",
        "<server>\n  <username>app</username>\n  <password>‹${alnum:14}›</password>\n</server>\n",
    ),
    ("XML attribute", "<add key=\"SmtpPassword\" value=\"‹${alnum:14}›\" />\n"),
    ("property list", "<dict>\n  <key>password</key>\n  <string>‹${alnum:14}›</string>\n</dict>\n"),
    ("tfvars", "db_username = \"app\"\ndb_password = \"‹${alnum:16}›\"\n"),
    ("HCL", "provider \"acme\" {\n  client_id = \"shop\"\n  client_secret = \"‹${alnum:32}›\"\n}\n"),
    ("Dockerfile ENV", "FROM alpine\nENV DB_PASSWORD=‹${alnum:16}›\nRUN make\n"),
    ("Dockerfile ARG", "FROM alpine\nARG API_TOKEN=‹${alnum:32}›\nRUN make\n"),
    ("shell export", "export AWS_REGION=eu\nexport API_TOKEN=‹${alnum:32}›\n"),
    ("shell variable before a command", "PGPASSWORD=‹${alnum:14}› psql -h db -U app shop\n"),
    ("option of a command", "mysql --user=app --password=‹${alnum:14}› -e 'select 1'\n"),
    ("Compose", "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=‹${alnum:14}›\n"),
    ("Helm values", "postgresql:\n  auth:\n    username: app\n    password: \"‹${alnum:14}›\"\n"),
    ("Kubernetes stringData", "kind: Secret\nstringData:\n  user: app\n  password: ‹${alnum:16}›\n"),
    ("Kubernetes data", "kind: Secret\ndata:\n  password: ‹${base64:23}=›\n"),
    ("kubeconfig", "users:\n- name: ann\n  user:\n    token: ‹${alnum:40}›\n"),
    (".netrc", "machine git.acme.io login ann password ‹${alnum:16}›\n"),
    (".netrc on lines", "machine git.acme.io\n  login ann\n  password ‹${alnum:16}›\n"),
    (".npmrc", "//npm.acme.io/:_authToken=‹${alnum:36}›\n"),
    (".pypirc", "[acme]\nrepository = https://pypi.acme.io\nusername = ann\npassword = ‹${alnum:16}›\n"),
    (".git-credentials", "https://ann:‹${alnum:16}›@git.acme.io\n"),
    ("HTTP header", "GET /v1 HTTP/1.1\nHost: acme.io\nX-Api-Key: ‹${alnum:32}›\n"),
    ("HTTP bearer", "GET /v1 HTTP/1.1\nAuthorization: Bearer ‹${alnum:40}›\n"),
    ("HTTP cookie", "GET /v1 HTTP/1.1\nCookie: theme=dark; session=‹${alnum:40}›; lang=es\n"),
    ("URL userinfo", "DATABASE_URL=postgres://app:‹${alnum:14}›@db:5432/shop\n"),
    ("connection string", "Server=db;Database=shop;User Id=app;Password=‹${alnum:14}›;\n"),
    ("Go data source", "sql.Open(\"mysql\", \"app:‹${alnum:12}›@tcp(db:3306)/shop\")\n"),
    ("SQL identified by", "CREATE USER 'app'@'%' IDENTIFIED BY '‹${alnum:14}›';\n"),
    (
        "SQL identified with",
        "ALTER USER app IDENTIFIED WITH caching_sha2_password BY '‹Winter${digit:3}›';\n",
    ),
    ("SQL role", "CREATE ROLE app LOGIN PASSWORD '‹winter${digit:3}›';\n"),
    ("SQL login", "ALTER LOGIN sa WITH PASSWORD = N'‹Winter${digit:3}!›';\n"),
    ("docker login", "docker login -u ann -p ‹winter${digit:3}› registry.acme.io\n"),
    ("sshpass in a list", "[\"sshpass\", \"-p\", \"‹winter${digit:3}›\", \"ssh\", \"ann@acme.io\"]\n"),
    ("mysql", "mysql -h db -uapp -p‹winter${digit:3}› shop < dump.sql\n"),
    ("curl", "curl -u ann:‹winter${digit:3}› https://acme.io/\n"),
    ("net use", "net use Z: \\\\files\\share /user:ann ‹Winter${digit:3}›\r\n"),
    ("chpasswd", "RUN echo 'root:‹winter${digit:3}›' | chpasswd\n"),
    ("login call", "smtp.login('ann@acme.io', '‹winter${digit:3}›')\n"),
    ("database call", "new PDO('mysql:host=db;dbname=shop', 'app', '‹winter${digit:3}›');\n"),
    ("short name", "nexus_pw = \"‹winter${digit:3}›\"\n"),
];

const SAFE: &[Shape] = &[
    ("Ansible vault", "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  ${digit:40}\n  ${digit:40}\n"),
    ("SOPS", "password: ENC[AES256_GCM,data:${base64:12},iv:${base64:32},tag:${base64:22},type:str]\n"),
    (
        "ExternalSecret",
        "kind: ExternalSecret\nspec:\n  data:\n  - secretKey: password\n    remoteRef:\n      key: shop/db\n",
    ),
    (
        "secret reference",
        "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password\n",
    ),
    ("Helm template", "password: {{ .Values.db.password | b64enc }}\n"),
    ("workflow secret", "env:\n  API_TOKEN: ${dollar}{{ secrets.API_TOKEN }}\n"),
    ("Compose variable", "environment:\n  POSTGRES_PASSWORD: ${dollar}{POSTGRES_PASSWORD:?missing}\n"),
    ("HCL reference", "resource \"db\" \"a\" {\n  password = var.db_password\n}\n"),
    ("Dockerfile ARG without a value", "FROM alpine\nARG API_TOKEN\nENV API_TOKEN=${dollar}API_TOKEN\n"),
    ("vault path", "password: vault:secret/data/shop#password\n"),
    (".netrc template", "machine git.acme.io login ann password ${dollar}{GIT_PASSWORD}\n"),
    (".npmrc variable", "//npm.acme.io/:_authToken=${dollar}{NPM_TOKEN}\n"),
    (".git-credentials of the manual", "https://user:pass@git.acme.io\n"),
    ("piped docker login", "echo \"$TOKEN\" | docker login -u ann --password-stdin acme.io\n"),
    ("mysql that asks", "mysql -h db -u app -p shop\n"),
    ("batch variable", "net use Z: \\\\files\\share /user:ann %SHARE_PASS%\r\n"),
    ("login call with variables", "smtp.login(user, password)\n"),
    ("SQL parameter", "ALTER USER app IDENTIFIED BY ?;\n"),
    ("environment", "password = os.environ['DB_PASSWORD']\n"),
];

/// The text with its marks taken out, and what stood between them.
fn unmarked(text: &str, seed: u64) -> (String, Option<String>) {
    let text = String::from_utf8(expand(text, seed, None).expect("a well-formed text")).expect("UTF-8");
    let secret =
        text.split_once('‹').and_then(|(_, rest)| rest.split_once('›')).map(|(secret, _)| secret.to_owned());
    (text.replace(['‹', '›'], ""), secret)
}

fn secrets(scanner: &Scanner, text: &str) -> Vec<String> {
    let mut matches: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut matches);
    matches.iter().map(|found| text[found.secret.range()].to_owned()).collect()
}

/// The shapes of which not the marked secret, and nothing else, is found.
fn wrong(shapes: &[Shape]) -> Vec<String> {
    let scanner = Scanner::new(RuleSet::embedded());
    let mut wrong = Vec::new();
    for (name, text) in shapes {
        for seed in 0..SEEDS {
            let (text, secret) = unmarked(text, seed);
            let found = secrets(&scanner, &text);
            if found != Vec::from_iter(secret) {
                wrong.push(format!("{name}, seed {seed}: {} found: {found:?}", found.len()));
            }
        }
    }
    wrong
}

#[test]
fn secrets_are_found_in_every_shape() {
    let wrong = wrong(FOUND);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_holds_no_secret_stays_unreported() {
    let wrong = wrong(SAFE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
