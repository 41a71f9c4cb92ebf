//! JSON Web Tokens and key sets: issuing and checking.
