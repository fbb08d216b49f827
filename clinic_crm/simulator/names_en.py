"""English names by weight, and the short forms people give at a desk."""

SURNAMES = """
Smith 126|Jones 75|Taylor 59|Brown 56|Williams 45|Wilson 39|Johnson 37|Davies 36|Patel 34
Wright 31|Robinson 31|Thompson 30|Evans 30|Walker 29|White 28|Roberts 28|Green 26|Hall 26|Wood 25
Harris 25|Clarke 24|Jackson 24|Khan 24|Lewis 23|Hughes 22|Edwards 22|Thomas 21|Turner 21|Cooper 20
Hill 20|Ward 20|Morris 19|Moore 19|Clark 18|Lee 18|King 18|Harrison 18|Baker 17|Morgan 17|Allen 16
James 16|Scott 16|Ali 16|Phillips 15|Watson 15|Davis 15|Parker 14|Bennett 14|Price 14|Griffiths 13
Young 13|Hussain 13|Ahmed 13|Begum 8|Singh 12|Kaur 9|Shah 8|O'Brien 6|Murphy 8|Kelly 8
Fitzgerald 4|Okafor 4|Adeyemi 3|Mensah 3|Rossi 3|Kowalska 4|Nowak 4|Fernandes 3|Chen 4|Wong 4
Ashworth 3|Whitmore 2|Pemberton 2|Blackwood 2|Hargreaves 3|Sinclair 3|Montgomery 2|Cavendish 1
Smith-Jones 1|Lloyd 6|Ellis 9
"""

FEMALE = """
Emma 30|Sarah 32|Laura 26|Rebecca 24|Charlotte 26|Hannah 22|Sophie 26|Amy 20|Jessica 26|Emily 26
Katherine 14|Elizabeth 16|Victoria 20|Rachel 18|Claire 18|Nicola 14|Joanne 12|Helen 14|Samantha 16
Louise 14|Michelle 14|Alexandra 14|Natalie 14|Olivia 20|Grace 14|Lucy 20|Chloe 18|Georgia 12
Megan 12|Isabella 10|Amelia 12|Eleanor 12|Harriet 8|Imogen 6|Florence 6|Beatrice 4|Priya 10
Anjali 5|Aisha 9|Fatima 8|Zara 7|Chiara 4|Agnieszka 5|Chidinma 3|Abigail 8|Susan 9|Margaret 6
Jennifer 12|Kate 10|Philippa 5|Penelope 4|Jacqueline 6|Deborah 7|Christine 6|Tamsin 2|Saoirse 3
Freya 6|Holly 10|Molly 7
"""

MALE = """
James 26|David 22|Daniel 22|Thomas 22|Matthew 18|Christopher 16|Andrew 15|Michael 16|Alexander 14
Benjamin 14|William 16|Oliver 14|Joseph 10|Samuel 12|Edward 10|George 12|Richard 9|Robert 9
Jonathan 9|Mohammed 10|Imran 5|Arjun 4|Luca 4|Sebastian 5|Nicholas 7|Patrick 6|Callum 6|Henry 8
Marcus 5|Piotr 4
"""

NICKNAMES = {
    "Katherine": "Kate",
    "Elizabeth": "Liz",
    "Victoria": "Vicky",
    "Rebecca": "Becky",
    "Samantha": "Sam",
    "Alexandra": "Alex",
    "Natalie": "Nat",
    "Jessica": "Jess",
    "Jennifer": "Jen",
    "Charlotte": "Lottie",
    "Isabella": "Bella",
    "Eleanor": "Ellie",
    "Amelia": "Millie",
    "Harriet": "Hattie",
    "Beatrice": "Bea",
    "Abigail": "Abi",
    "Susan": "Sue",
    "Margaret": "Maggie",
    "Philippa": "Pippa",
    "Penelope": "Penny",
    "Jacqueline": "Jackie",
    "Deborah": "Debbie",
    "Christine": "Chris",
    "Joanne": "Jo",
    "Michelle": "Shell",
    "Florence": "Flo",
    "James": "Jim",
    "David": "Dave",
    "Daniel": "Dan",
    "Thomas": "Tom",
    "Matthew": "Matt",
    "Christopher": "Chris",
    "Andrew": "Andy",
    "Michael": "Mike",
    "Alexander": "Alex",
    "Benjamin": "Ben",
    "William": "Will",
    "Oliver": "Ollie",
    "Joseph": "Joe",
    "Samuel": "Sam",
    "Edward": "Ed",
    "Richard": "Rich",
    "Robert": "Rob",
    "Jonathan": "Jon",
    "Nicholas": "Nick",
}
