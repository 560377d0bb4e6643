//! Who makes a request.

use stanch_model::{Actor, ActorKind};
use stanch_store::{ApiToken, Person, Role, Scope, Session, Sight};

use super::Permission;

/// Who makes a request, what they may do and see.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// As events call them.
    pub actor: Actor,
    /// What they are.
    pub who: Who,
    /// What of the register they may see.
    pub sight: Sight,
}

/// A person or a program.
#[derive(Clone, PartialEq)]
pub enum Who {
    /// A person in a session.
    Person(Box<LoggedIn>),
    /// A program with a token.
    Token(Box<ApiToken>),
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(who) => who.fmt(f),
            Self::Token(token) => write!(f, "Token({})", token.id),
        }
    }
}

/// A person in a session.
#[derive(Clone, PartialEq)]
pub struct LoggedIn {
    /// Who.
    pub person: Person,
    /// The session.
    pub session: Session,
    /// What forms of this session carry in the field `csrf`, and requests of scripts in `X-CSRF-Token`.
    pub csrf: String,
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoggedIn({}, session {})", self.person.login, self.session.id)
    }
}

impl Identity {
    /// Whoever has this session.
    pub(crate) fn of_person(logged_in: LoggedIn, teams: Vec<i64>) -> Self {
        let sight = if logged_in.person.all_origins { Sight::All } else { Sight::Teams(teams) };
        let actor = Actor { kind: ActorKind::User, name: logged_in.person.login.clone() };
        Self { actor, who: Who::Person(Box::new(logged_in)), sight }
    }

    /// Whoever has this token.
    pub(crate) fn of_token(token: ApiToken) -> Self {
        let sight = token.team.map_or(Sight::All, |team| Sight::Teams(vec![team]));
        let actor = Actor { kind: ActorKind::Token, name: token.name.clone() };
        Self { actor, who: Who::Token(Box::new(token)), sight }
    }

    /// Whether they may do this.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Person(who) => Permission::of_role(who.person.role).contains(&permission),
            Who::Token(token) => {
                token.scopes.iter().any(|&scope| Permission::of_scope(scope).contains(&permission))
            }
        }
    }

    /// The person in its session; none for a program.
    pub fn logged_in(&self) -> Option<&LoggedIn> {
        match &self.who {
            Who::Person(who) => Some(who),
            Who::Token(_) => None,
        }
    }

    /// The role of a person.
    pub fn role(&self) -> Option<Role> {
        self.logged_in().map(|who| who.person.role)
    }

    /// The scopes of a token.
    pub fn scopes(&self) -> &[Scope] {
        match &self.who {
            Who::Person(_) => &[],
            Who::Token(token) => &token.scopes,
        }
    }

    /// What forms carry; empty for a program, which needs none.
    pub fn csrf(&self) -> &str {
        self.logged_in().map_or("", |who| &who.csrf)
    }
}
