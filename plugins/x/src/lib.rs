use staffetta_plugin::*;
struct X;
impl Rule for X {
    fn apply(_o: String, _c: String, subjects: Vec<exports::rule::Subject>) -> Result<Vec<exports::rule::Outcome>> {
        Ok(subjects.into_iter().map(|s| { let mut post = s.post; post.text = post.text.to_uppercase(); exports::rule::Outcome::Posts(vec![exports::rule::Adapted { post, changes: vec![], warnings: vec![] }]) }).collect())
    }
}
staffetta_plugin::plugin!(X: rule);
