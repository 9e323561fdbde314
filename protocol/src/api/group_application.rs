//! Applications to join groups and invitations that wait for consent (`contract/client-semantics.md` section 7.3).
